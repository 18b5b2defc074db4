package dev.tidemark.schema;

import java.util.List;
import java.util.Optional;

/**
 * Whether a second copy of some tables fits onto the server's disks.
 *
 * @param rooms the file systems that it goes to; none where it is not known what is free
 * @param reserve what is to stay free on each unless somebody says otherwise
 * @param whyUnknown why it is not known, and what would help
 */
public record DiskForecast(List<Room> rooms, long reserve, Optional<String> whyUnknown) {
    public DiskForecast {
        rooms = List.copyOf(rooms);
    }

    /**
     * One file system.
     *
     * @param name what lies there: {@code tablespace pg_default}
     * @param freeBytes what the server may still write
     * @param neededBytes what the copy will write. Without the log, which is kept within max_wal_size, and without what sorting takes for a while
     */
    public record Room(String name, long freeBytes, long neededBytes) {
        /** Bytes that are missing if so much is to stay free; not positive if it fits. */
        public long missing(long reserve) {
            return neededBytes + reserve - freeBytes;
        }
    }
}
