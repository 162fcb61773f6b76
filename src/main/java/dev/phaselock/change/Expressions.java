package dev.phaselock.change;

import dev.phaselock.sql.Fragments;
import dev.phaselock.sql.InvalidFragmentException;
import dev.phaselock.sql.PgParser;
import java.util.Comparator;
import java.util.List;

/**
 * Judges the expressions of changes by PostgreSQL's own parser. Apart from the rest of this package, so that whoever does
 * not ask for it does not load the parser.
 */
public final class Expressions {
    private Expressions() {}

    /**
     * Requires that each expression is exactly one; with a parser of its own, which is not loaded when there is none.
     *
     * @throws InvalidChangeException that names the field
     */
    public static void require(List<Change> changes) {
        require(changes, new PgParser());
    }

    /**
     * Requires that each expression is exactly one.
     *
     * @throws InvalidChangeException that names the field
     */
    public static void require(List<Change> changes, PgParser parser) {
        for (int i = 0; i < changes.size(); i++) {
            switch (changes.get(i)) {
                case AddCheck check -> require("changes[" + i + "].addCheck.expression", check.expression(), parser);
                case SetDefault change ->
                    require("changes[" + i + "].setDefault.expression", change.expression(), parser);
                case CreateIndex index -> {
                    String path = "changes[" + i + "].createIndex.";
                    for (int k = 0; k < index.columns().size(); k++) {
                        String expression = index.columns().get(k).expression();
                        if (expression != null) {
                            require(path + "columns[" + k + "].expression", expression, parser);
                        }
                    }
                    if (index.where() != null) {
                        require(path + "where", index.where(), parser);
                    }
                }
                case AttachPartition attach -> {
                    try {
                        Fragments.requireOneBound(parser, attach.bound());
                    } catch (InvalidFragmentException e) {
                        throw new InvalidChangeException("changes[" + i + "].attachPartition.bound", e.getMessage());
                    }
                }
                case CreateTrigger trigger -> {
                    if (trigger.when() != null) {
                        require("changes[" + i + "].createTrigger.when", trigger.when(), parser);
                    }
                }
                case CreateTable table -> requireTable("changes[" + i + "].createTable.", table, parser);
                case AddDomainConstraint check ->
                    require("changes[" + i + "].addDomainConstraint.expression", check.expression(), parser);
                case AddExclusion exclusion -> {
                    try {
                        Fragments.requireOneExclusion(parser, exclusion.definition());
                    } catch (InvalidFragmentException e) {
                        throw new InvalidChangeException("changes[" + i + "].addExclusion.definition", e.getMessage());
                    }
                }
                case AlterType change -> requireType("changes[" + i + "].alterType.type", change.type(), parser);
                case AddColumn column -> {
                    String path = "changes[" + i + "].addColumn.";
                    requireType(path + "type", column.type(), parser);
                    if (column.defaultExpression() != null) {
                        require(path + "defaultExpression", column.defaultExpression(), parser);
                    }
                    if (column.generatedExpression() != null) {
                        require(path + "generatedExpression", column.generatedExpression(), parser);
                    }
                    if (column.check() != null) {
                        require(path + "check.expression", column.check().expression(), parser);
                    }
                }
                default -> {}
            }
        }
    }

    private static void requireTable(String path, CreateTable table, PgParser parser) {
        try {
            List<List<String>> referenced = Fragments.requireTableElements(parser, table.elements());
            List<List<String>> found = table.references().stream()
                    .map(CreateTable.Reference::table)
                    .map(name -> name.schema() == null
                            ? List.of(name.name().name())
                            : List.of(name.schema().name(), name.name().name()))
                    .sorted(Comparator.comparing(Object::toString))
                    .toList();
            if (!found.equals(referenced)) {
                throw new InvalidChangeException(path + "elements", "the tables behind REFERENCES cannot be told");
            }
        } catch (InvalidFragmentException e) {
            throw new InvalidChangeException(path + "elements", e.getMessage());
        }
        if (table.partitionBy() != null) {
            try {
                Fragments.requirePartitionBy(parser, table.partitionBy());
            } catch (InvalidFragmentException e) {
                throw new InvalidChangeException(path + "partitionBy", e.getMessage());
            }
        }
    }

    private static void requireType(String field, String type, PgParser parser) {
        try {
            Fragments.requireOneType(parser, type);
        } catch (InvalidFragmentException e) {
            throw new InvalidChangeException(field, e.getMessage());
        }
    }

    private static void require(String field, String expression, PgParser parser) {
        try {
            Fragments.requireOneExpression(parser, expression);
        } catch (InvalidFragmentException e) {
            throw new InvalidChangeException(field, e.getMessage());
        }
    }
}
