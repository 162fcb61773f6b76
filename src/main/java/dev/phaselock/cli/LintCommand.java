package dev.phaselock.cli;

import dev.phaselock.lint.Finding;
import dev.phaselock.lint.Findings;
import dev.phaselock.lint.Level;
import dev.phaselock.lint.Linter;
import dev.phaselock.lint.Rule;
import dev.phaselock.sql.PgParser;
import dev.phaselock.sql.SqlSyntaxException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says what migrations cost those who write. */
@Command(
        name = "lint",
        mixinStandardHelpOptions = true,
        versionProvider = PhaselockCommand.Version.class,
        description = {
            "Reads SQL migrations and says for each statement whether others can notice it, for how long, why, and what to do"
                    + " instead. Needs no database.",
            "Tables that a file creates itself may be changed in it freely. A comment -- phaselock:ignore RULE, before a"
                    + " statement or in it, ignores a rule for it.",
            "Exits with 1 when there are findings of the level of --fail-on, with 2 when a file cannot be read or parsed."
        })
final class LintCommand implements Callable<Integer> {
    private enum Format {
        TEXT,
        JSON,
        GITHUB,
        SARIF
    }

    private enum FailOn {
        NOTICE,
        WARNING,
        ERROR,
        NEVER
    }

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files of SQL; - for standard input.")
    private List<String> files;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json|github|sarif",
            defaultValue = "text",
            description = "text for people (the default), json, annotations for GitHub Actions, or SARIF 2.1.0.")
    private Format output;

    @Option(
            names = "--fail-on",
            paramLabel = "notice|warning|error|never",
            defaultValue = "warning",
            description = "The least level that lets it exit with 1; warning by default.")
    private FailOn failOn;

    @Option(names = "--ignore", paramLabel = "RULE", split = ",", description = "Rules that are not to be told.")
    private List<String> ignore = List.of();

    @Option(
            names = "--in-transaction",
            description = "Each file runs in one transaction, as most migration tools do it.")
    private boolean inTransaction;

    @Override
    public Integer call() throws IOException {
        Set<Rule> ignored = EnumSet.noneOf(Rule.class);
        for (String name : ignore) {
            ignored.add(Rule.of(name)
                    .orElseThrow(() -> new ParameterException(
                            spec.commandLine(), "--ignore: " + name + " is no rule; rules are named by the findings")));
        }
        Linter linter = new Linter(new PgParser(), inTransaction);
        Map<String, List<Finding>> findings = new LinkedHashMap<>();
        List<String> unreadable = new ArrayList<>();
        for (String file : files) {
            String name = file.equals("-") ? "stdin" : file;
            try {
                findings.put(
                        name,
                        linter.lint(SqlFiles.read(file)).stream()
                                .filter(finding -> !ignored.contains(finding.rule()))
                                .toList());
            } catch (NoSuchFileException e) {
                unreadable.add(name + ": there is no such file");
            } catch (CharacterCodingException e) {
                unreadable.add(name + ": not UTF-8");
            } catch (IOException e) {
                unreadable.add(name + ": cannot be read: " + e.getMessage());
            } catch (SqlSyntaxException e) {
                unreadable.add(syntax(name, e));
            }
        }
        PrintWriter out = spec.commandLine().getOut();
        Findings all = new Findings(findings);
        switch (output) {
            case TEXT -> out.print(findings.isEmpty() ? "" : all.text());
            case JSON -> out.println(all.json());
            case GITHUB -> out.print(all.github());
            case SARIF ->
                out.println(
                        all.sarif(new PhaselockCommand.Version().getVersion()[0].split(" ", 2)[1]));
        }
        out.flush();
        unreadable.forEach(spec.commandLine().getErr()::println);
        if (!unreadable.isEmpty()) {
            return ExitCodes.USAGE;
        }
        return failOn != FailOn.NEVER && all.atLeast(Level.valueOf(failOn.name())) > 0 ? ExitCodes.UNEXPECTED : 0;
    }

    /** As compilers say it, so that editors find the place. */
    private static String syntax(String name, SqlSyntaxException e) {
        return e.position() == null
                ? name + ": " + e.reason()
                : "%s:%d:%d: %s"
                        .formatted(name, e.position().line(), e.position().column(), e.reason());
    }
}
