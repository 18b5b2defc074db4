package dev.tidemark.liquibase;

import dev.tidemark.plan.ConversionRequest;
import java.util.Optional;
import liquibase.change.ChangeMetaData;
import liquibase.change.DatabaseChange;
import org.jspecify.annotations.Nullable;

/** {@code <tidemark:splitHistory>}: a partition that is wider than the others becomes several. */
@DatabaseChange(
        name = ConversionRequest.SPLIT_HISTORY,
        description = "Splits a partition that is wider than the others, beside the application",
        priority = ChangeMetaData.PRIORITY_DEFAULT)
public class SplitHistoryChange extends ExchangeChange {
    private @Nullable String partition;

    public SplitHistoryChange() {
        super(ConversionRequest.Goal.SPLIT);
    }

    @Override
    Optional<String> part(AttributeReader attributes) {
        return attributes.text("partition", partition);
    }

    public @Nullable String getPartition() {
        return partition;
    }

    public void setPartition(@Nullable String partition) {
        this.partition = partition;
    }
}
