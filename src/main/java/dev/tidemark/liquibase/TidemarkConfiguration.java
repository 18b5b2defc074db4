package dev.tidemark.liquibase;

import dev.tidemark.Tidemark;
import liquibase.configuration.AutoloadedConfigurations;
import liquibase.configuration.ConfigurationDefinition;
import liquibase.configuration.ConfigurationValueObfuscator;

/** {@code tidemark.*}: on the command line ({@code --tidemark-mode}), as system property, in liquibase.properties, as {@code TIDEMARK_MODE}. */
public class TidemarkConfiguration implements AutoloadedConfigurations {
    /** {@code run} or {@code plan}. */
    public static final ConfigurationDefinition<String> MODE;

    /** The journal's schema. */
    public static final ConfigurationDefinition<String> SCHEMA;

    /** Where further connections lead, past a connection pooler for instance; Liquibase's own URL if null. */
    public static final ConfigurationDefinition<String> URL;

    /** The user of {@link #URL}. */
    public static final ConfigurationDefinition<String> USERNAME;

    /** The password of {@link #USERNAME}. Obfuscated wherever Liquibase shows configuration. */
    public static final ConfigurationDefinition<String> PASSWORD;

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
        URL = builder.define("url", String.class)
                .setDescription(
                        "JDBC URL of further connections to the same database for work that several can share; Liquibase's own --url if left out")
                .setValueObfuscator(ConfigurationValueObfuscator.URL_OBFUSCATOR)
                .build();
        USERNAME = builder.define("username", String.class)
                .setDescription(
                        "The user for tidemark.url; must be, or be allowed to SET ROLE to, the one that Liquibase works as")
                .build();
        PASSWORD = builder.define("password", String.class)
                .setDescription("The password for tidemark.url")
                .setValueObfuscator(ConfigurationValueObfuscator.STANDARD)
                .build();
    }

    static String schema() {
        return SCHEMA.getCurrentValue();
    }
}
