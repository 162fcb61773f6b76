package dev.phaselock.change;

import dev.phaselock.api.AddCheckSpec;
import dev.phaselock.api.AddColumnSpec;
import dev.phaselock.api.AddDomainConstraintSpec;
import dev.phaselock.api.AddEnumValueSpec;
import dev.phaselock.api.AddExclusionSpec;
import dev.phaselock.api.AddForeignKeySpec;
import dev.phaselock.api.AddIdentitySpec;
import dev.phaselock.api.AddPrimaryKeySpec;
import dev.phaselock.api.AddUniqueSpec;
import dev.phaselock.api.AlterConstraintSpec;
import dev.phaselock.api.AlterTypeSpec;
import dev.phaselock.api.AttachPartitionSpec;
import dev.phaselock.api.ChangeSpec;
import dev.phaselock.api.CommentSpec;
import dev.phaselock.api.CreateIndexSpec;
import dev.phaselock.api.CreateTableSpec;
import dev.phaselock.api.CreateTriggerSpec;
import dev.phaselock.api.DetachPartitionSpec;
import dev.phaselock.api.DropColumnSpec;
import dev.phaselock.api.DropConstraintSpec;
import dev.phaselock.api.DropDefaultSpec;
import dev.phaselock.api.DropIndexSpec;
import dev.phaselock.api.DropNotNullSpec;
import dev.phaselock.api.DropTableSpec;
import dev.phaselock.api.DropTriggerSpec;
import dev.phaselock.api.OperationSpec;
import dev.phaselock.api.ReindexSpec;
import dev.phaselock.api.RenameConstraintSpec;
import dev.phaselock.api.RunStatementSpec;
import dev.phaselock.api.SetDefaultSpec;
import dev.phaselock.api.SetNotNullSpec;
import dev.phaselock.api.SetReplicaIdentitySpec;
import dev.phaselock.api.SetRowSecuritySpec;
import dev.phaselock.api.SetStatisticsSpec;
import dev.phaselock.api.SetStorageParametersSpec;
import dev.phaselock.api.SetStorageSpec;
import dev.phaselock.api.ValidateConstraintSpec;
import dev.phaselock.sql.PgParser;
import java.lang.ref.SoftReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes changes of a manifest's entries. What the API server's rules refuse is refused here too, as a manifest may come
 * from a file.
 */
public final class Changes {
    /** As in the custom resource. */
    private static final int MAX_CHANGES = 100;

    private static SoftReference<PgParser> kept = new SoftReference<>(null);

    private Changes() {}

    /**
     * Reads the entries of {@code spec.changes}.
     *
     * @throws InvalidChangeException that names the field
     */
    public static List<Change> from(@Nullable List<ChangeSpec> specs) {
        if (specs == null || specs.isEmpty()) {
            throw new InvalidChangeException("changes", "at least one entry is wanted");
        }
        if (specs.size() > MAX_CHANGES) {
            throw new InvalidChangeException("changes", "more than " + MAX_CHANGES + " entries");
        }
        List<Change> changes = new ArrayList<>();
        PgParser parser = parser();
        for (int i = 0; i < specs.size(); i++) {
            String field = "changes[" + i + "]";
            Change change = change(field, specs.get(i), parser);
            int same = changes.indexOf(change);
            if (same >= 0) {
                throw new InvalidChangeException(field, "the same as changes[" + same + "]");
            }
            changes.add(change);
        }
        return List.copyOf(changes);
    }

    /** One for all that are read one after another: it takes no memory before its first use, and gives it back when that is scarce. */
    private static synchronized PgParser parser() {
        PgParser parser = kept.get();
        if (parser == null) {
            parser = new PgParser();
            kept = new SoftReference<>(parser);
        }
        return parser;
    }

    private static Change change(String field, @Nullable ChangeSpec entry, PgParser parser) {
        Map<String, OperationSpec> operations = entry == null ? Map.of() : entry.operations();
        if (operations.size() != 1) {
            throw new InvalidChangeException(field, "exactly one operation is wanted in each entry");
        }
        String name = operations.keySet().iterator().next();
        Fields fields = new Fields(field + "." + name);
        return switch (operations.get(name)) {
            case AddForeignKeySpec spec -> AddForeignKey.of(spec, fields);
            case AddCheckSpec spec -> AddCheck.of(spec, fields);
            case SetNotNullSpec spec -> SetNotNull.of(spec, fields);
            case DropNotNullSpec spec -> DropNotNull.of(spec, fields);
            case ValidateConstraintSpec spec -> ValidateConstraint.of(spec, fields);
            case DropConstraintSpec spec -> DropConstraint.of(spec, fields);
            case RenameConstraintSpec spec -> RenameConstraint.of(spec, fields);
            case SetDefaultSpec spec -> SetDefault.of(spec, fields);
            case DropDefaultSpec spec -> DropDefault.of(spec, fields);
            case CreateIndexSpec spec -> CreateIndex.of(spec, fields);
            case DropIndexSpec spec -> DropIndex.of(spec, fields);
            case AddUniqueSpec spec -> AddUnique.of(spec, fields);
            case AddPrimaryKeySpec spec -> AddPrimaryKey.of(spec, fields);
            case AttachPartitionSpec spec -> AttachPartition.of(spec, fields);
            case DetachPartitionSpec spec -> DetachPartition.of(spec, fields);
            case AlterConstraintSpec spec -> AlterConstraint.of(spec, fields);
            case SetStorageParametersSpec spec -> SetStorageParameters.of(spec, fields);
            case CommentSpec spec -> Comment.of(spec, fields);
            case AddEnumValueSpec spec -> AddEnumValue.of(spec, fields);
            case SetRowSecuritySpec spec -> SetRowSecurity.of(spec, fields);
            case SetReplicaIdentitySpec spec -> SetReplicaIdentity.of(spec, fields);
            case DropColumnSpec spec -> DropColumn.of(spec, fields);
            case AddColumnSpec spec -> AddColumn.of(spec, fields);
            case AlterTypeSpec spec -> AlterType.of(spec, fields);
            case SetStatisticsSpec spec -> SetStatistics.of(spec, fields);
            case SetStorageSpec spec -> SetStorage.of(spec, fields);
            case CreateTriggerSpec spec -> CreateTrigger.of(spec, fields);
            case DropTriggerSpec spec -> DropTrigger.of(spec, fields);
            case DropTableSpec spec -> DropTable.of(spec, fields);
            case CreateTableSpec spec -> CreateTable.of(spec, fields);
            case AddDomainConstraintSpec spec -> AddDomainConstraint.of(spec, fields);
            case AddExclusionSpec spec -> AddExclusion.of(spec, fields);
            case AddIdentitySpec spec -> AddIdentity.of(spec, fields);
            case ReindexSpec spec -> Reindex.of(spec, fields);
            case RunStatementSpec spec -> RunStatement.of(spec, fields, parser);
        };
    }
}
