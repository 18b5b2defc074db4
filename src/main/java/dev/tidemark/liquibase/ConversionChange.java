package dev.tidemark.liquibase;

import dev.tidemark.plan.ForeignKeyChoice;
import dev.tidemark.plan.KeyChoice;
import dev.tidemark.plan.Options;
import dev.tidemark.plan.PolicyStart;
import dev.tidemark.plan.Strategy;
import dev.tidemark.plan.Verification;
import org.jspecify.annotations.Nullable;

/** The attributes that all conversions share, whatever they convert to. */
public abstract class ConversionChange extends TidemarkChange {
    private @Nullable String strategy;
    private @Nullable String foreignKeys;
    private @Nullable String keys;
    private @Nullable String includeDetached;
    private @Nullable String dropExpired;
    private @Nullable String policies;
    private @Nullable String verify;
    private @Nullable String acceptUnverified;

    Options options(AttributeReader attributes) {
        Options defaults = Options.DEFAULTS;
        Verification verification =
                attributes.choice("verify", verify, Verification.class).orElse(defaults.verification());
        boolean unverified = attributes.flag("acceptUnverified", acceptUnverified);
        if (verification == Verification.NONE && !unverified) {
            attributes.problem(
                    "verify=\"none\" leaves the conversion without proof. Say acceptUnverified=\"true\" if that is what you"
                            + " want, or leave verify out.");
        }
        return new Options(
                attributes.choice("strategy", strategy, Strategy.class).orElse(defaults.strategy()),
                maxPause(attributes),
                attributes
                        .choice("foreignKeys", foreignKeys, ForeignKeyChoice.class)
                        .orElse(defaults.foreignKeys()),
                attributes.choice("keys", keys, KeyChoice.class).orElse(defaults.keys()),
                attributes.flag("includeDetached", includeDetached),
                attributes.flag("dropExpired", dropExpired),
                attributes.choice("policies", policies, PolicyStart.class).orElse(defaults.policies()),
                verification);
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
}
