package dev.phaselock.change;

import dev.phaselock.api.CreateTableSpec;
import dev.phaselock.sql.InvalidIdentifierException;
import dev.phaselock.sql.QualifiedName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code CREATE TABLE}.
 *
 * @param elements what stands between the parentheses, as it was written; it cannot end them (see {@link Enclosure})
 * @param partitionBy by what it is partitioned, likewise; null when it is not
 * @param references the tables to which foreign keys in it refer, as they are written there
 */
public record CreateTable(
        QualifiedName table, String elements, @Nullable String partitionBy, List<Reference> references)
        implements Change {
    private static final int MAX_PARTITION_BY = 1024;

    public CreateTable {
        references = List.copyOf(references);
    }

    /**
     * A referenced table in the elements.
     *
     * @param start where its name begins in the elements, in UTF-16 units
     * @param end where the name ends
     */
    public record Reference(QualifiedName table, int start, int end) {}

    static CreateTable of(CreateTableSpec spec, Fields fields) {
        String elements = fields.expression("elements", spec.elements());
        String partitionBy = spec.partitionBy() == null ? null : fields.expression("partitionBy", spec.partitionBy());
        if (partitionBy != null && partitionBy.length() > MAX_PARTITION_BY) {
            throw fields.invalid("partitionBy", "longer than " + MAX_PARTITION_BY + " characters");
        }
        List<Reference> references;
        try {
            references = References.in(elements);
        } catch (InvalidIdentifierException e) {
            throw fields.invalid("elements", "behind REFERENCES the name of a table is wanted: " + e.getMessage());
        }
        return new CreateTable(fields.table("table", spec.table()), elements, partitionBy, references);
    }

    /**
     * The statement. The lines' ends keep a comment, were there one, from reaching what follows.
     *
     * @param name the table's, quoted
     * @param written the elements, or what stands for them
     */
    public String statement(String name, String written) {
        return "CREATE TABLE " + name + " (\n" + written + "\n)"
                + (partitionBy == null ? "" : " PARTITION BY\n" + partitionBy);
    }

    /** The other tables to which its foreign keys refer. */
    public List<QualifiedName> referencedTables() {
        return references.stream()
                .map(Reference::table)
                .filter(referenced -> !referenced.equals(table))
                .distinct()
                .toList();
    }

    /** Those that are there; the new one is none of them. */
    @Override
    public List<QualifiedName> tables() {
        return referencedTables();
    }

    @Override
    public String label() {
        return "table " + table;
    }
}
