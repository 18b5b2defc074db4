package dev.tidemark.transfer;

import java.util.Optional;

/**
 * One cause for which a copy rests. Asked about once a second by the thread of its {@link Throttle}.
 *
 * <p>Where the server cannot be asked it throws, or gives that as its reason: what is not known is no permission to go on.
 */
interface Brake {
    /** Why the copy has to rest now, with the way out; empty to go on. */
    Optional<String> reason();
}
