package dev.phaselock.lint;

import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlStatement;
import dev.phaselock.sql.SqlStatements;
import dev.phaselock.sql.SqlSyntaxException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Judges a file of SQL, statement by statement, in their order. */
public final class Linter {
    /** {@code -- phaselock:ignore rule, rule}: before a statement, in it, or behind it on its last line. */
    private static final Pattern IGNORE = Pattern.compile("phaselock:ignore((?:[ \\t,]+[a-z-]+)*)");

    private final PgParser parser;
    private final boolean inTransaction;

    /** @param inTransaction whether each file runs in one transaction, as many migration tools do it */
    public Linter(PgParser parser, boolean inTransaction) {
        this.parser = parser;
        this.inTransaction = inTransaction;
    }

    /**
     * What is to be said of it, in the order of its statements.
     *
     * @throws SqlSyntaxException if PostgreSQL's grammar does not take it
     */
    public List<Finding> lint(String sql) {
        Script script = new Script();
        if (inTransaction) {
            script.begin();
        }
        List<Finding> findings = new ArrayList<>();
        for (SqlStatement statement : SqlStatements.of(parser, sql)) {
            Report report = new Report(statement, script);
            Set<Rule> ignored = ignored(statement, report);
            new StatementRules(statement, script, report).judge();
            report.findings().stream()
                    .filter(finding -> !ignored.contains(finding.rule()))
                    .forEach(findings::add);
        }
        return List.copyOf(findings);
    }

    private static Set<Rule> ignored(SqlStatement statement, Report report) {
        Set<Rule> ignored = EnumSet.noneOf(Rule.class);
        for (String comment : statement.comments()) {
            Matcher matcher = IGNORE.matcher(comment);
            if (!matcher.find()) {
                continue;
            }
            List<String> names = Pattern.compile("[ \\t,]+")
                    .splitAsStream(matcher.group(1))
                    .filter(name -> !name.isEmpty())
                    .toList();
            if (names.isEmpty()) {
                unknown(report, "phaselock:ignore names no rule");
            }
            for (String name : names) {
                Optional<Rule> rule = Rule.of(name);
                rule.ifPresent(ignored::add);
                if (rule.isEmpty()) {
                    unknown(report, "phaselock:ignore names " + name + ", which is no rule");
                }
            }
        }
        return ignored;
    }

    private static void unknown(Report report, String what) {
        report.add(
                Rule.UNKNOWN_RULE,
                Level.WARNING,
                null,
                what + ", so it ignores nothing.",
                "Name rules as the findings do, with commas between them.");
    }
}
