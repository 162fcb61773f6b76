package dev.phaselock.plan;

import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddExclusion;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddIdentity;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.AddPrimaryKey;
import dev.phaselock.change.AddUnique;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.DropDefault;
import dev.phaselock.change.DropNotNull;
import dev.phaselock.change.SetDefault;
import dev.phaselock.change.SetNotNull;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What the changes that follow one in a SchemaChange make of the table or column that it creates. Once their phases ran,
 * that is no longer what the change itself makes, and is its work all the same; whether theirs is as wanted is theirs to
 * see.
 */
final class LaterChanges {
    private static final Set<String> CONSTRAINTS = Set.of("CHECK", "FOREIGN KEY", "UNIQUE", "PRIMARY KEY", "EXCLUDE");

    private final List<Change> changes;
    private final Map<Change, Probe> probes;

    private LaterChanges(List<Change> changes, Map<Change, Probe> probes) {
        this.changes = changes;
        this.probes = probes;
    }

    /** Of the changes behind one of them, those about its table, or about one that this becomes a partition of. */
    static LaterChanges of(List<Change> changes, int change, CatalogFacts facts) {
        CatalogFacts foreseen = Foreseen.after(changes, facts);
        List<QualifiedName> names = new ArrayList<>(List.of(changes.get(change).table()));
        List<Change> later = new ArrayList<>();
        Map<Change, Probe> probes = new HashMap<>();
        for (int i = change + 1; i < changes.size(); i++) {
            Change other = changes.get(i);
            boolean about = Stream.concat(Stream.of(other.table()), other.tables().stream())
                    .anyMatch(name -> names.stream().anyMatch(own -> same(name, own, foreseen)));
            if (!about) {
                continue;
            }
            later.add(other);
            if (i < facts.probes().size()) {
                probes.put(other, facts.probes().get(i));
            }
            if (other instanceof AttachPartition attach) {
                names.add(attach.table());
            }
        }
        return new LaterChanges(later, probes);
    }

    private static boolean same(QualifiedName one, QualifiedName other, CatalogFacts facts) {
        Table table = facts.tables().get(one);
        Table second = facts.tables().get(other);
        return one.equals(other)
                || (table != null && second != null && table.relation().equals(second.relation()));
    }

    /** Whether one of them says whether the column is NOT NULL. */
    boolean decideNotNull(Identifier column) {
        return changes.stream().anyMatch(change -> switch (change) {
            case SetNotNull set -> set.column().equals(column);
            case DropNotNull drop -> drop.column().equals(column);
            case AddPrimaryKey key -> key.key().columns().contains(column);
            default -> false;
        });
    }

    /** As the server may write the column's default down that one of them gives it; the empty text for none. */
    Set<String> defaults(Identifier column) {
        Set<String> defaults = new HashSet<>();
        for (Change change : changes) {
            if (change instanceof DropDefault drop && drop.column().equals(column)) {
                defaults.add("");
            } else if (change instanceof SetDefault set
                    && set.column().equals(column)
                    && probes.get(change) instanceof Probe.Default written) {
                defaults.addAll(written.forms());
            }
        }
        return defaults;
    }

    /** Of parts of a table (see {@link Probe.NewTable}) that are there and were not wanted, those that they do not make. */
    List<String> notMade(List<String> parts) {
        return notAltered(parts).stream()
                .filter(part -> made().noneMatch(part::startsWith))
                .toList();
    }

    /** Of parts that were wanted and are not there, those that they make nothing else of. */
    List<String> notAltered(List<String> parts) {
        return parts.stream()
                .filter(part -> altered().noneMatch(column -> isColumn(part, column)))
                .toList();
    }

    private Stream<Identifier> altered() {
        return changes.stream().flatMap(change -> switch (change) {
            case AddColumn column -> Stream.of(column.name());
            case SetNotNull set -> Stream.of(set.column());
            case DropNotNull drop -> Stream.of(drop.column());
            case SetDefault set -> Stream.of(set.column());
            case DropDefault drop -> Stream.of(drop.column());
            case AddIdentity identity -> Stream.of(identity.column());
            case AddPrimaryKey key -> key.key().columns().stream();
            default -> Stream.of();
        });
    }

    /** The constraints that come, for a while or for good; with a partition all that its table has. */
    private Stream<String> made() {
        return changes.stream().flatMap(change -> switch (change) {
            case AddForeignKey _ -> Stream.of("FOREIGN KEY");
            case AddCheck _, SetNotNull _ -> Stream.of("CHECK");
            case AddColumn column -> column.key() == null ? Stream.of("CHECK") : Stream.of("CHECK", "FOREIGN KEY");
            case AddKey key -> key instanceof AddUnique ? Stream.of("UNIQUE") : Stream.of("PRIMARY KEY", "CHECK");
            case AddExclusion _ -> Stream.of("EXCLUDE");
            case AttachPartition _ -> CONSTRAINTS.stream();
            default -> Stream.of();
        });
    }

    /** As {@code quote_ident} writes its name, which quotes only where it must. */
    private static boolean isColumn(String part, Identifier column) {
        return part.startsWith("column " + column.name() + " ") || part.startsWith("column " + column.quoted() + " ");
    }
}
