package dev.tidemark.liquibase;

import dev.tidemark.journal.Limit;
import dev.tidemark.plan.ConversionRequest;
import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.LogLimit;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Tuning;
import dev.tidemark.plan.UntilCutover;
import dev.tidemark.plan.Verification;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The attributes that all conversions share, whatever they convert to. */
public abstract class ConversionChange extends TidemarkChange {
    static final String CUTOVER_HOURS = "cutoverHours";
    private static final String WORKERS = "workers";
    private static final List<Strategy> BY_COPY = List.of(Strategy.AUTO, Strategy.COPY);
    /** The files of a copy are new ones. */
    private static final List<Verification> OF_COPY = List.of(Verification.CONTENTS, Verification.NONE);

    private final ConversionRequest.Goal goal;
    private @Nullable String strategy;
    private @Nullable String foreignKeys;
    private @Nullable String keys;
    private @Nullable String includeDetached;
    private @Nullable String dropExpired;
    private @Nullable String policies;
    private @Nullable String verify;
    private @Nullable String acceptUnverified;
    private @Nullable String workers;
    private @Nullable String cutover;
    private @Nullable String cutoverHours;
    private @Nullable String logLimit;

    /** When the cutover comes, as users write it. */
    enum CutoverChoice {
        AUTO,
        MANUAL
    }

    ConversionChange(ConversionRequest.Goal goal) {
        this.goal = goal;
    }

    ConversionRequest.Goal goal() {
        return goal;
    }

    Options options(AttributeReader attributes) {
        Options defaults = Options.DEFAULTS;
        boolean zeroCopyPossible = goal != ConversionRequest.Goal.PLAIN_TABLE && !goal.exchanges();
        Strategy wish = attributes
                .choice("strategy", strategy, zeroCopyPossible ? List.of(Strategy.values()) : BY_COPY)
                .orElse(defaults.strategy());
        boolean copies = !zeroCopyPossible || wish == Strategy.COPY;
        Verification verification = attributes
                .choice("verify", verify, copies ? OF_COPY : List.of(Verification.values()))
                .orElse(copies ? Verification.CONTENTS : defaults.verification());
        boolean unverified = attributes.flag("acceptUnverified", acceptUnverified);
        if (verification == Verification.NONE && !unverified) {
            attributes.problem(
                    "verify=\"none\" leaves the conversion without proof. Say acceptUnverified=\"true\" if that is what you"
                            + " want, or leave verify out.");
        }
        return new Options(
                wish,
                maxPause(attributes),
                attributes
                        .choice("foreignKeys", foreignKeys, ForeignKeyChoice.class)
                        .orElse(defaults.foreignKeys()),
                attributes.choice("keys", keys, KeyChoice.class).orElse(defaults.keys()),
                attributes.flag("includeDetached", includeDetached),
                attributes.flag("dropExpired", dropExpired),
                attributes.choice("policies", policies, PolicyStart.class).orElse(defaults.policies()),
                verification,
                attributes.number(WORKERS, workers, 1, Tuning.MOST_WORKERS).orElse(defaults.workers()),
                untilCutover(attributes));
    }

    private UntilCutover untilCutover(AttributeReader attributes) {
        return new UntilCutover(
                attributes
                        .choice("cutover", cutover, CutoverChoice.class)
                        .filter(CutoverChoice.MANUAL::equals)
                        .isPresent(),
                attributes.cutoverHours(cutoverHours),
                attributes.limit(Limit.LOG, LogLimit.LEAST, logLimit));
    }

    /** What it asks for; nothing where its attributes cannot be used. */
    Optional<ConversionRequest> request(String defaultSchema) {
        return Optional.ofNullable(work(new AttributeReader(getSerializedObjectName()), defaultSchema))
                .map(Work::request)
                .filter(ConversionRequest.class::isInstance)
                .map(ConversionRequest.class::cast);
    }

    @Override
    Set<String> tuning() {
        return Stream.concat(
                        super.tuning().stream(), Stream.of(WORKERS, "cutover", CUTOVER_HOURS, Limit.LOG.attribute()))
                .collect(Collectors.toSet());
    }

    public @Nullable String getStrategy() {
        return strategy;
    }

    public void setStrategy(@Nullable String strategy) {
        this.strategy = strategy;
    }

    public @Nullable String getForeignKeys() {
        return foreignKeys;
    }

    public void setForeignKeys(@Nullable String foreignKeys) {
        this.foreignKeys = foreignKeys;
    }

    public @Nullable String getKeys() {
        return keys;
    }

    public void setKeys(@Nullable String keys) {
        this.keys = keys;
    }

    public @Nullable String getIncludeDetached() {
        return includeDetached;
    }

    public void setIncludeDetached(@Nullable String includeDetached) {
        this.includeDetached = includeDetached;
    }

    public @Nullable String getDropExpired() {
        return dropExpired;
    }

    public void setDropExpired(@Nullable String dropExpired) {
        this.dropExpired = dropExpired;
    }

    public @Nullable String getPolicies() {
        return policies;
    }

    public void setPolicies(@Nullable String policies) {
        this.policies = policies;
    }

    public @Nullable String getVerify() {
        return verify;
    }

    public void setVerify(@Nullable String verify) {
        this.verify = verify;
    }

    public @Nullable String getAcceptUnverified() {
        return acceptUnverified;
    }

    public void setAcceptUnverified(@Nullable String acceptUnverified) {
        this.acceptUnverified = acceptUnverified;
    }

    public @Nullable String getWorkers() {
        return workers;
    }

    public void setWorkers(@Nullable String workers) {
        this.workers = workers;
    }

    public @Nullable String getCutover() {
        return cutover;
    }

    public void setCutover(@Nullable String cutover) {
        this.cutover = cutover;
    }

    public @Nullable String getCutoverHours() {
        return cutoverHours;
    }

    public void setCutoverHours(@Nullable String cutoverHours) {
        this.cutoverHours = cutoverHours;
    }

    public @Nullable String getLogLimit() {
        return logLimit;
    }

    public void setLogLimit(@Nullable String logLimit) {
        this.logLimit = logLimit;
    }
}
