package dev.phaselock.plan;

import dev.phaselock.change.AddCheck;
import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddExclusion;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.AttachPartition;
import dev.phaselock.change.Change;
import dev.phaselock.change.Comment;
import dev.phaselock.change.CreateIndex;
import dev.phaselock.change.CreateTrigger;
import dev.phaselock.change.DetachPartition;
import dev.phaselock.change.DropColumn;
import dev.phaselock.change.DropDefault;
import dev.phaselock.change.DropNotNull;
import dev.phaselock.change.SetDefault;
import dev.phaselock.change.SetNotNull;
import dev.phaselock.change.SetStatistics;
import dev.phaselock.change.SetStorage;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which columns the changes of one plan add, drop or alter. Each phase is planned again from the catalog, so what another
 * change needs of such a column must not depend on whether its phase has been; what is added the later changes may build
 * upon ({@link Foreseen}).
 */
final class ColumnClaims {
    private ColumnClaims() {}

    /** Requires that no two changes are about a column that one of them adds, drops or alters. */
    static void require(List<Change> changes, CatalogFacts facts) {
        for (int i = 0; i < changes.size(); i++) {
            for (int k = 0; k < changes.size(); k++) {
                if (i != k && changes.get(i).changesColumns() && !buildsUpon(changes, i, k)) {
                    requireApart(changes, i, k, facts);
                }
            }
        }
    }

    private static void requireApart(List<Change> changes, int changing, int other, CatalogFacts facts) {
        Table table = facts.tables().get(changes.get(changing).table());
        Table second = facts.tables().get(changes.get(other).table());
        if (table == null || second == null || !table.relation().equals(second.relation())) {
            return;
        }
        List<Identifier> named = named(changes.get(other), changes.get(changing) instanceof DropColumn);
        changes.get(changing).detailedColumns().stream()
                .filter(column -> named.contains(column) || mayUse(changes.get(other), column))
                .findFirst()
                .ifPresent(column -> {
                    throw new RefusedException(
                            Reason.INVALID_SPEC,
                            "changes[%d] and changes[%d] are both about column %s of %s: the later one needs a SchemaChange of its own, once the earlier one is Ready"
                                    .formatted(
                                            Math.min(changing, other),
                                            Math.max(changing, other),
                                            column,
                                            table.name()));
                });
    }

    /**
     * Whether an expression of a change has the column's name in it, as a word. It may mean something else there, and be
     * refused for nothing; but what uses a column that another phase has dropped can never be planned again.
     */
    private static boolean mayUse(Change change, Identifier column) {
        Pattern word = Pattern.compile(
                "(?<![\\w$])" + Pattern.quote(column.name()) + "(?![\\w$])",
                Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS);
        return expressions(change)
                .anyMatch(expression -> word.matcher(expression).find());
    }

    private static Stream<String> expressions(Change change) {
        return switch (change) {
            case AddCheck check -> Stream.of(check.expression());
            case AddExclusion exclusion -> Stream.of(exclusion.definition());
            case CreateIndex index ->
                Stream.concat(
                        index.columns().stream().flatMap(element -> Stream.ofNullable(element.expression())),
                        Stream.ofNullable(index.where()));
            // UPDATE OF names columns there.
            case CreateTrigger trigger -> Stream.concat(Stream.of(trigger.timing()), Stream.ofNullable(trigger.when()));
            case AddColumn added ->
                Stream.concat(
                        Stream.ofNullable(added.generatedExpression()),
                        Stream.ofNullable(added.check()).map(AddCheck::expression));
            default -> Stream.of();
        };
    }

    /** Whether a change makes more of a column that an earlier one adds. */
    private static boolean buildsUpon(List<Change> changes, int adding, int other) {
        return changes.get(adding) instanceof AddColumn added
                && other > adding
                && switch (changes.get(other)) {
                    case AddForeignKey _, CreateIndex _, AddKey _, SetNotNull _, DropNotNull _ -> true;
                    case AddCheck _, AddExclusion _, CreateTrigger _ -> true;
                    case AddColumn later -> !later.name().equals(added.name());
                    case SetDefault _, DropDefault _, Comment _, SetStatistics _, SetStorage _ -> true;
                    default -> false;
                };
    }

    private static List<Identifier> named(Change change, boolean dropping) {
        return switch (change) {
            case AddForeignKey key -> key.columns();
            case CreateIndex index -> index.namedColumns();
            case AddKey key -> key.key().namedColumns();
            case Comment comment
            when dropping && comment.on() == Comment.On.COLUMN && comment.name() != null -> List.of(comment.name());
            default -> change.detailedColumns();
        };
    }

    private static boolean isOrHas(Table table, Table part) {
        return table.relation().equals(part.relation())
                || table.descendants().stream()
                        .anyMatch(descendant -> descendant.relation().equals(part.relation()));
    }

    /** Whether a change attaches or detaches the part: it is one of the table before or afterwards. */
    private static boolean moves(Change change, Table part, Table table, CatalogFacts facts) {
        QualifiedName partition = switch (change) {
            case AttachPartition attach -> attach.partition();
            case DetachPartition detach -> detach.partition();
            default -> null;
        };
        Table moved = partition == null ? null : facts.tables().get(partition);
        Table parent = facts.tables().get(change.table());
        return moved != null && parent != null && isOrHas(moved, part) && isOrHas(table, parent);
    }

    /** The table's columns that changes add, drop or alter, of it or of a table that it is or may become a part of. */
    static Set<String> changed(List<Change> changes, CatalogFacts facts, Table table) {
        return changes.stream()
                .filter(Change::changesColumns)
                .filter(change -> {
                    Table altered = facts.tables().get(change.table());
                    return altered != null
                            && (isOrHas(altered, table)
                                    || changes.stream().anyMatch(other -> moves(other, table, altered, facts)));
                })
                .flatMap(change -> change.detailedColumns().stream())
                .map(Identifier::name)
                .collect(Collectors.toSet());
    }
}
