package dev.tidemark.session;

import dev.tidemark.sql.Sql;
import java.util.List;

/**
 * What a session's settings are at a moment, to be given back to it later: a connection of a pool must not take our search_path or our timeouts along. The role is
 * not among them.
 */
record SessionSettings(List<String> names, List<String> values) {
    /** Nothing to give back. */
    static final SessionSettings NONE = new SessionSettings(List.of(), List.of());

    private record Setting(String name, String value) {}

    SessionSettings {
        names = List.copyOf(names);
        values = List.copyOf(values);
    }

    /** Those that a session may change; three of pg_settings are a transaction's own. */
    static SessionSettings of(Session session) {
        List<Setting> settings = session.query(
                """
                SELECT s.name, pg_catalog.current_setting(s.name) FROM pg_catalog.pg_settings AS s
                 WHERE s.context IN ('user', 'superuser') AND s.name NOT IN ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')""",
                row -> new Setting(row.getString(1), row.getString(2)));
        return new SessionSettings(
                settings.stream().map(Setting::name).toList(),
                settings.stream().map(Setting::value).toList());
    }

    /** Sets whatever differs now, outside a transaction. */
    void restore(Session session) {
        // There may be a millisecond left of a window.
        session.execute(new Sql("SET statement_timeout = 0"));
        session.query(
                """
                SELECT pg_catalog.set_config(s.name, s.value, false) FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) AS s(name, value)
                 WHERE pg_catalog.current_setting(s.name, true) IS DISTINCT FROM s.value""",
                row -> row.getString(1),
                names.toArray(String[]::new),
                values.toArray(String[]::new));
    }
}
