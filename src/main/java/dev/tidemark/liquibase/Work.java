package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.CutoverRequest;
import dev.tidemark.plan.FinalizeRequest;
import dev.tidemark.plan.Plan;
import dev.tidemark.run.Outcome;
import dev.tidemark.sql.TableName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What a change, or its rollback, wants of Tidemark. One object is run, printed or planned. */
sealed interface Work {

    /** Its name in messages, without the tables. */
    String name();

    List<TableName> tables();

    Outcome run(Tidemark tidemark);

    /** The complete SQL, statements without their final semicolon. */
    List<String> script(Tidemark tidemark);

    /** What would be done; for a way back the conversion's, each step of which has its way back beside it. */
    Plan plan(Tidemark tidemark);

    /** {@code convertToHypertable of "public"."fixes"}. */
    default String title() {
        return name() + " of " + tables().stream().map(TableName::toString).collect(Collectors.joining(", "));
    }

    /** A conversion. */
    record Convert(ConversionRequest request) implements Work {
        @Override
        public String name() {
            return request.goal().kind();
        }

        @Override
        public List<TableName> tables() {
            return request.names();
        }

        @Override
        public Outcome run(Tidemark tidemark) {
            return tidemark.apply(request);
        }

        @Override
        public List<String> script(Tidemark tidemark) {
            return tidemark.script(request);
        }

        @Override
        public Plan plan(Tidemark tidemark) {
            return tidemark.plan(request);
        }
    }

    /** The way back of a conversion. */
    record Undo(ConversionRequest request) implements Work {
        @Override
        public String name() {
            return "rollback of " + request.goal().kind();
        }

        @Override
        public List<TableName> tables() {
            return request.names();
        }

        @Override
        public Outcome run(Tidemark tidemark) {
            return tidemark.undo(request.names(), request.options().tuning());
        }

        @Override
        public List<String> script(Tidemark tidemark) {
            return tidemark.undoScript(request);
        }

        @Override
        public Plan plan(Tidemark tidemark) {
            return tidemark.plan(request);
        }
    }

    /** The end of the way back. */
    record Finish(FinalizeRequest request) implements Work {
        @Override
        public String name() {
            return FinalizeRequest.KIND;
        }

        @Override
        public List<TableName> tables() {
            return List.of(request.table());
        }

        @Override
        public Outcome run(Tidemark tidemark) {
            return tidemark.finalizeConversion(request);
        }

        @Override
        public List<String> script(Tidemark tidemark) {
            return tidemark.script(request);
        }

        @Override
        public Plan plan(Tidemark tidemark) {
            return tidemark.plan(request);
        }
    }

    /**
     * The cutover of a conversion that waits for it, and the rest.
     *
     * @param conversion by which the SQL is printed where it has not run yet
     */
    record CutOver(CutoverRequest request, Optional<ConversionRequest> conversion) implements Work {
        @Override
        public String name() {
            return CutoverRequest.KIND;
        }

        @Override
        public List<TableName> tables() {
            return List.of(request.table());
        }

        @Override
        public Outcome run(Tidemark tidemark) {
            return tidemark.cutover(request);
        }

        @Override
        public List<String> script(Tidemark tidemark) {
            return tidemark.script(request, conversion);
        }

        @Override
        public Plan plan(Tidemark tidemark) {
            return tidemark.plan(request, conversion);
        }
    }

    /** The way back of a cutover alone. */
    record UndoCutover(CutoverRequest request, Optional<ConversionRequest> conversion) implements Work {
        @Override
        public String name() {
            return "rollback of " + CutoverRequest.KIND;
        }

        @Override
        public List<TableName> tables() {
            return List.of(request.table());
        }

        @Override
        public Outcome run(Tidemark tidemark) {
            return tidemark.undoCutover(request);
        }

        @Override
        public List<String> script(Tidemark tidemark) {
            return tidemark.undoScript(request, conversion);
        }

        @Override
        public Plan plan(Tidemark tidemark) {
            return tidemark.plan(request, conversion);
        }
    }
}
