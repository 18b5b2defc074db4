package dev.tidemark.plan;

import dev.tidemark.sql.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What will be done, in order, and what stands against it. The same object is printed, run, recorded, resumed and undone.
 *
 * @param kind the kind of run
 * @param tables the tables it is about
 * @param identity the attributes that a resume must find unchanged
 * @param strategy the strategy decided on, never {@code AUTO}
 * @param decision why that strategy, in a sentence
 * @param maxPause the budget of each window
 * @param findings what preflight has to say
 * @param steps the steps; empty where a finding blocks so early that none could be planned
 * @param estimate what it will take
 */
public record Plan(
        String kind,
        List<TableName> tables,
        Map<String, String> identity,
        Strategy strategy,
        String decision,
        Duration maxPause,
        List<Finding> findings,
        List<Step> steps,
        Estimate estimate) {

    public Plan {
        tables = List.copyOf(tables);
        findings = List.copyOf(findings);
        steps = List.copyOf(steps);
    }

    /** The same of a request as it was asked for, before the catalog completed it: that is what a resume compares. */
    public Plan askedBy(ConversionRequest request) {
        return new Plan(kind, tables, request.identity(), strategy, decision, maxPause, findings, steps, estimate);
    }

    /** The same with something more against it. */
    public Plan blockedBy(Finding finding) {
        List<Finding> all = Stream.concat(Stream.of(finding), findings.stream()).toList();
        return new Plan(kind, tables, identity, strategy, decision, maxPause, all, steps, estimate);
    }

    /** Whether nothing blocks it. */
    public boolean isGo() {
        return findings.stream().noneMatch(Finding::blocking);
    }

    /** The findings that block it. */
    public List<Finding> blockers() {
        return findings.stream().filter(Finding::blocking).toList();
    }
}
