/** Random faults while rows are copied, and what must hold afterwards. {@code mvn -Pfaults verify} deals out many, {@link dev.tidemark.faults.CopyFaultsIT} a few. */
package dev.tidemark.faults;
