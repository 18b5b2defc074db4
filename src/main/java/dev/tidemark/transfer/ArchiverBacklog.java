package dev.tidemark.transfer;

import dev.tidemark.journal.Limit;
import dev.tidemark.journal.Limits;
import dev.tidemark.session.Session;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Archiving fails, or does not keep up. Needs no rights: who may not list {@code archive_status} counts the files between the last archived one and the
 * present one.
 */
final class ArchiverBacklog implements Brake {
    private static final String ARCHIVER =
            """
            SELECT current_setting('archive_mode') <> 'off' AS archiving,
                   coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false) AS failing,
                   last_failed_wal,
                   last_archived_wal,
                   pg_walfile_name(pg_current_wal_lsn()) AS present_wal,
                   pg_size_bytes(current_setting('wal_segment_size')) AS segment_bytes,
                   has_function_privilege('pg_ls_archive_statusdir()', 'EXECUTE') AS may_list
              FROM pg_stat_archiver""";

    private static final String READY = "SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready'";

    /** Timeline, log, segment; what comes behind, as in {@code .backup}, does not matter. */
    private static final Pattern FILE = Pattern.compile("[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8}).*");

    private static final long LOG_BYTES = 1L << 32;

    private record Archiver(boolean archiving, boolean failing, @Nullable String failed, OptionalLong waiting) {}

    private final Session session;
    private final Supplier<Limits> limits;
    /** Segment from which on we count: the last archived one, or where we began if none is known. */
    private OptionalLong archivedUpTo = OptionalLong.empty();

    ArchiverBacklog(Session session, Supplier<Limits> limits) {
        this.session = session;
        this.limits = limits;
    }

    @Override
    public Optional<String> reason() {
        OptionalLong limit = limits.get().of(Limit.ARCHIVE_BACKLOG);
        if (limit.isEmpty()) {
            return Optional.empty();
        }
        Archiver archiver = session.first(ARCHIVER, this::archiver).orElseThrow();
        if (!archiver.archiving()) {
            return Optional.empty();
        }
        if (archiver.failing()) {
            return Optional.of("archiving of " + archiver.failed()
                    + " fails, so write-ahead log piles up. See the server's log for what archive_command or archive_library says, or "
                    + Limit.ARCHIVE_BACKLOG.option() + "=off");
        }
        long waiting = archiver.waiting()
                .orElseGet(() -> session.first(READY, r -> r.getLong(1)).orElseThrow());
        return waiting > limit.getAsLong()
                ? Optional.of(waiting + " files of write-ahead log wait to be archived, more than " + limit.getAsLong()
                        + " (" + Limit.ARCHIVE_BACKLOG.option() + ")")
                : Optional.empty();
    }

    private Archiver archiver(ResultSet row) throws SQLException {
        long segmentBytes = row.getLong("segment_bytes");
        OptionalLong waiting = row.getBoolean("may_list")
                ? OptionalLong.empty()
                : OptionalLong.of(
                        waiting(row.getString("last_archived_wal"), row.getString("present_wal"), segmentBytes));
        return new Archiver(
                row.getBoolean("archiving"), row.getBoolean("failing"), row.getString("last_failed_wal"), waiting);
    }

    private long waiting(@Nullable String archived, String present, long segmentBytes) {
        long presentSegment = segment(present, segmentBytes).orElseThrow();
        OptionalLong last = archived == null ? OptionalLong.empty() : segment(archived, segmentBytes);
        if (last.isPresent() || archivedUpTo.isEmpty()) {
            archivedUpTo = OptionalLong.of(last.orElse(presentSegment));
        }
        return Math.max(0, presentSegment - archivedUpTo.orElseThrow() - 1);
    }

    /** The number of a segment, counted from the beginning of all log; empty for files that are none, as {@code .history}. */
    static OptionalLong segment(String file, long segmentBytes) {
        Matcher parts = FILE.matcher(file);
        return parts.matches()
                ? OptionalLong.of(Long.parseLong(parts.group(1), 16) * (LOG_BYTES / segmentBytes)
                        + Long.parseLong(parts.group(2), 16))
                : OptionalLong.empty();
    }
}
