package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import liquibase.configuration.AutoloadedConfigurations;
import liquibase.configuration.ConfigurationDefinition;

/** {@code tidemark.*}: on the command line ({@code --tidemark-mode}), as system property, in liquibase.properties, as {@code TIDEMARK_MODE}. */
public class TidemarkConfiguration implements AutoloadedConfigurations {
    /** {@code run} or {@code plan}. */
    public static final ConfigurationDefinition<String> MODE;

    /** The journal's schema. */
    public static final ConfigurationDefinition<String> SCHEMA;

    static {
        ConfigurationDefinition.Builder builder = new ConfigurationDefinition.Builder("tidemark");
        MODE = builder.define("mode", String.class)
                .setDescription(
                        "run: changes are carried out; plan: the plan of every pending Tidemark change is printed and nothing is done")
                .setDefaultValue(PlanMode.RUN)
                .build();
        SCHEMA = builder.define("schema", String.class)
                .setDescription("The schema in which Tidemark keeps its journal")
                .setDefaultValue(Tidemark.DEFAULT_SCHEMA)
                .build();
    }

    static String schema() {
        return SCHEMA.getCurrentValue();
    }
}
