package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Plan;
import dev.tidemark.plan.VerifyRequest;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a change, or its rollback, wants of Tidemark. One object is run, printed or planned.
 *
 * @param name its name in messages, without the tables
 * @param doing what does it
 * @param printing the complete SQL, statements without their final semicolon
 * @param planning what would be done; for a way back the conversion's, each step of which has its way back beside it
 * @param request what is asked for: a conversion, a cutover, a proof, an end
 * @param back its way back, where a rollback takes one
 */
record Work(
        String name,
        List<TableName> tables,
        Function<Tidemark, Outcome> doing,
        Function<Tidemark, List<String>> printing,
        Function<Tidemark, Plan> planning,
        Object request,
        @Nullable Work back) {

    private static final String ROLLBACK_OF = "rollback of ";

    Work {
        tables = List.copyOf(tables);
    }

    static Work convert(ConversionRequest request) {
        String name = request.goal().kind();
        Function<Tidemark, Plan> plan = tidemark -> tidemark.plan(request);
        Work undo = new Work(
                ROLLBACK_OF + name,
                request.names(),
                tidemark -> tidemark.undo(request),
                tidemark -> tidemark.undoScript(request),
                plan,
                request,
                null);
        return new Work(
                name,
                request.names(),
                tidemark -> tidemark.apply(request),
                tidemark -> tidemark.script(request),
                plan,
                request,
                undo);
    }

    /** A proof taken again. */
    static Work prove(VerifyRequest request) {
        return new Work(
                VerifyRequest.KIND,
                List.of(request.table()),
                tidemark -> tidemark.verify(request),
                tidemark -> tidemark.script(request),
                tidemark -> tidemark.plan(request),
                request,
                null);
    }

    /** The end of the way back. */
    static Work finish(FinalizeRequest request) {
        return new Work(
                FinalizeRequest.KIND,
                List.of(request.table()),
                tidemark -> tidemark.finalizeConversion(request),
                tidemark -> tidemark.script(request),
                tidemark -> tidemark.plan(request),
                request,
                null);
    }

    /**
     * The cutover of a conversion that waits for it, and the rest; its way back is that of the cutover alone.
     *
     * @param waiting the conversion by which the SQL is printed where it has not run yet
     */
    static Work cutOver(CutoverRequest request, Optional<ConversionRequest> waiting) {
        List<TableName> tables = List.of(request.table());
        Function<Tidemark, Plan> plan = tidemark -> tidemark.plan(request, waiting);
        Work undo = new Work(
                ROLLBACK_OF + CutoverRequest.KIND,
                tables,
                tidemark -> tidemark.undoCutover(request),
                tidemark -> tidemark.undoScript(request, waiting),
                plan,
                request,
                null);
        return new Work(
                CutoverRequest.KIND,
                tables,
                tidemark -> tidemark.cutover(request),
                tidemark -> tidemark.script(request, waiting),
                plan,
                request,
                undo);
    }

    /** {@code convertToHypertable of "public"."fixes"}. */
    String title() {
        return name + " of " + tables.stream().map(TableName::toString).collect(Collectors.joining(", "));
    }

    Outcome run(Tidemark tidemark) {
        return doing.apply(tidemark);
    }

    List<String> script(Tidemark tidemark) {
        return printing.apply(tidemark);
    }

    Plan plan(Tidemark tidemark) {
        return planning.apply(tidemark);
    }
}
