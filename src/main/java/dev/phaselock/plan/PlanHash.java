package dev.phaselock.plan;

import dev.phaselock.change.AddColumn;
import dev.phaselock.change.AddForeignKey;
import dev.phaselock.change.AddKey;
import dev.phaselock.change.Change;
import dev.phaselock.plan.CatalogFacts.Table;
import dev.phaselock.sql.Identifier;
import dev.phaselock.sql.QualifiedName;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The hash by which a phase knows that it carries out the plan that was shown: over what must hold between the phases
 * (the changes, kind and columns of their tables, the keys of the referenced ones, the server's major version). Not over
 * what the phases themselves change (the tables that are created, the columns that are added, dropped or altered), nor over the steps: a new partition is a new step, not a new plan.
 */
final class PlanHash {
    private static final int BYTES = 8;

    private final StringBuilder text = new StringBuilder();

    private PlanHash() {}

    /**
     * 16 hexadecimal digits.
     *
     * @param foreseen the facts, and with them what the changes create
     */
    static String of(List<Change> changes, CatalogFacts facts, CatalogFacts foreseen) {
        PlanHash hash = new PlanHash();
        hash.add("phaselock 1").add(facts.server().major());
        changes.forEach(hash::add);
        changes.stream()
                // An index that is dropped no longer tells its table.
                .filter(change -> !change.namesIndexOnly())
                .flatMap(change -> change.tables().stream())
                .distinct()
                .filter(requested -> !TableClaims.comesOrGoes(requested, changes, foreseen))
                .sorted(Comparator.comparing(QualifiedName::quoted))
                .forEach(requested -> {
                    Table table = Objects.requireNonNull(facts.tables().get(requested));
                    hash.add(requested.quoted()).addTable(table, ColumnClaims.changed(changes, facts, table));
                });
        changes.stream()
                .flatMap(change -> switch (change) {
                    case AddForeignKey key -> Stream.of(key.referencedTable());
                    case AddColumn column
                    when column.key() != null -> Stream.of(column.key().referencedTable());
                    default -> Stream.<QualifiedName>of();
                })
                .filter(requested -> !TableClaims.comesOrGoes(requested, changes, foreseen))
                .forEach(requested -> {
                    Table table = Objects.requireNonNull(facts.tables().get(requested));
                    hash.addKeys(table, made(changes, facts, table));
                });
        return hash.digest();
    }

    private void addTable(Table table, Set<String> changed) {
        List<CatalogFacts.Column> kept = table.columns().stream()
                .filter(column -> !changed.contains(column.name()))
                .toList();
        add(table.name().quoted()).add(table.kind()).add(kept.size());
        kept.forEach(column -> add(column.name())
                .add(column.type())
                .add(String.valueOf(column.collation()))
                .add(column.generated()));
    }

    /** The columns of keys that the changes themselves make. */
    private static List<List<String>> made(List<Change> changes, CatalogFacts facts, Table table) {
        return changes.stream()
                .filter(change -> {
                    Table altered = facts.tables().get(change.table());
                    return altered != null && altered.relation().equals(table.relation());
                })
                .flatMap(change -> change instanceof AddKey key
                        ? Stream.of(key.key().columns().stream()
                                .map(Identifier::name)
                                .toList())
                        : Stream.empty())
                .toList();
    }

    private void addKeys(Table table, List<List<String>> made) {
        List<CatalogFacts.UniqueKey> kept = table.keys().stream()
                .filter(key -> !made.contains(key.columns()))
                .toList();
        add(kept.size());
        kept.stream()
                .sorted(Comparator.comparing((CatalogFacts.UniqueKey key) -> key.toString()))
                .forEach(this::add);
    }

    /** Each part with its length before it, so that no two sequences of parts give the same text. */
    private PlanHash add(Object part) {
        String written = part.toString();
        text.append(written.length()).append(':').append(written).append(',');
        return this;
    }

    private String digest() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(text.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
