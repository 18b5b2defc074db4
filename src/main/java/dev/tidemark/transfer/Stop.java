package dev.tidemark.transfer;

/**
 * Why a copy must end now instead of resting: waiting would not help, and what it has copied so far stays. Running the same change again goes on.
 *
 * @param message what, why, and what to do
 */
public record Stop(String message) {
    @Override
    public String toString() {
        return message;
    }
}
