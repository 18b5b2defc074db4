package dev.tidemark.plan;

import dev.tidemark.sql.TableName;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The wish to turn tables into hypertables, together: one cutover, one undo.
 *
 * @param tables at least one, each once
 * @param options what holds for all of them
 */
public record HypertableRequest(List<HypertableTarget> tables, Options options) {
    /** The kind of run in the journal; also the name of the Liquibase change. */
    public static final String KIND = "convertToHypertable";

    public HypertableRequest {
        tables = List.copyOf(tables);
        if (tables.isEmpty()) {
            throw new IllegalArgumentException("no table named");
        }
        if (tables.stream().map(HypertableTarget::table).distinct().count() != tables.size()) {
            throw new IllegalArgumentException("a table is named twice");
        }
    }

    /** The names of the tables, in the order given. */
    public List<TableName> names() {
        return tables.stream().map(HypertableTarget::table).toList();
    }

    /** The time column of each table. */
    public Map<TableName, String> timeColumns() {
        return tables.stream().collect(Collectors.toMap(HypertableTarget::table, HypertableTarget::timeColumn));
    }

    /** The attributes that a resume must find unchanged, in a fixed order. Tuning is not among them. */
    public Map<String, String> identity() {
        Map<String, String> identity = new LinkedHashMap<>();
        identity.put("strategy", options.strategy().name());
        identity.put("foreignKeys", options.foreignKeys().name());
        identity.put("keys", options.keys().name());
        identity.put("includeDetached", String.valueOf(options.includeDetached()));
        identity.put("dropExpired", String.valueOf(options.dropExpired()));
        identity.put("policies", options.policies().name());
        identity.put("verify", options.verification().name());
        for (HypertableTarget target : tables) {
            identity.put(
                    target.table().quoted(),
                    String.join(
                            " | ",
                            target.timeColumn(),
                            target.epoch().map(Epoch::name).orElse(""),
                            target.chunkInterval().map(Object::toString).orElse(""),
                            target.retention().map(Object::toString).orElse(""),
                            target.compressAfter().map(Object::toString).orElse(""),
                            String.join(", ", target.segmentBy()),
                            String.join(", ", target.orderBy()),
                            target.retiredName().orElse("")));
        }
        return identity;
    }
}
