package dev.phaselock.cli;

import dev.phaselock.change.Durations;
import dev.phaselock.plan.Blocker;
import dev.phaselock.plan.LockReport;
import dev.phaselock.plan.PhaseProgress;
import dev.phaselock.plan.PhaseResult;
import dev.phaselock.plan.PhaseResult.Outcome;
import dev.phaselock.plan.PhaseResult.PhaseSummary;
import dev.phaselock.plan.Violations;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;

/** What a person sees of a run: a line for each phase, which lives while the phase runs when there is a terminal. */
final class RunDisplay {
    private final PrintWriter out;
    private final boolean live;
    private String lastBlocker = "";

    private int endingsTold;

    private RunDisplay(PrintWriter out, boolean live) {
        this.out = out;
        this.live = live;
    }

    static RunDisplay silent() {
        return new RunDisplay(new PrintWriter(java.io.Writer.nullWriter()), false);
    }

    static RunDisplay terminal(PrintWriter out, String name) {
        RunDisplay display = new RunDisplay(out, isTerminal());
        display.line(name);
        return display;
    }

    /** From JDK 25 on there is no console again where output goes into a file or a pipe. */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    void planned(PhaseResult preflight) {
        line("  " + preflight.plan().label() + " on " + preflight.plan().target() + " (PostgreSQL "
                + preflight.serverVersion() + ")");
    }

    void alreadyDone(PhaseSummary phase) {
        line("  ✓ " + phase.label() + ": is there already");
    }

    synchronized void progress(String phase, PhaseProgress progress) {
        endings(progress.report());
        switch (progress.activity()) {
            case WAITING_FOR_LOCK -> {
                if (progress.blockers().isEmpty()) {
                    liveLine("  … " + phase + ": acquires the lock, " + tries(progress.report()));
                } else {
                    Blocker first = progress.blockers().getFirst();
                    String who = blocker(first)
                            + (progress.blockers().size() > 1
                                    ? " and " + (progress.blockers().size() - 1) + " more"
                                    : "");
                    liveLine("  … " + phase + ": waits, without anybody waiting behind it, for " + who + ", age "
                            + Durations.format(Duration.ofMillis(first.ageMillis())));
                    if (!live && !who.equals(lastBlocker)) {
                        line("  … " + phase + ": waits, without anybody waiting behind it, for " + who);
                    }
                    lastBlocker = who;
                }
            }
            case VERIFYING -> liveLine("  … " + phase + ": looks at the existing rows, " + progress.percent() + " %");
            case VALIDATING ->
                liveLine("  … " + phase + ": validates, for "
                        + Durations.format(Duration.ofMillis(progress.elapsedMillis())));
            case INDEXING ->
                liveLine("  … " + phase + ": " + Objects.requireNonNullElse(progress.detail(), "works on the index")
                        + (progress.percent() == null ? "" : ", " + progress.percent() + " %")
                        + (progress.blockers().isEmpty()
                                ? ""
                                : ", waits for the end of "
                                        + progress.blockers().size() + " transactions, the oldest of pid "
                                        + progress.blockers().getFirst().pid())
                        + ", for " + Durations.format(Duration.ofMillis(progress.elapsedMillis())));
            case BACKFILLING ->
                liveLine("  … " + phase + ": fills rows, " + progress.percent() + " %, " + progress.detail());
            case APPLYING -> liveLine("  … " + phase + ": applies");
            case PLANNING -> liveLine("  … " + phase + ": plans");
        }
    }

    void waits(String phase, PhaseResult result, Duration pause) {
        line("  ! " + phase + ": " + result.message());
        violations(result);
        line("    Looks again in " + Durations.format(pause) + "; Ctrl-C ends the run and keeps what is done.");
    }

    /** Those that were not told yet. */
    private void endings(LockReport report) {
        int more =
                Math.min(report.blockersEnded() - endingsTold, report.endings().size());
        if (more > 0) {
            report.endings()
                    .subList(report.endings().size() - more, report.endings().size())
                    .forEach(ending -> line("  ! " + ending));
            endingsTold = report.blockersEnded();
        }
    }

    void ended(PhaseSummary phase, PhaseResult result) {
        endings(result.report());
        endingsTold = 0;
        if (result.outcome() == Outcome.DONE) {
            line("  ✓ " + phase.label() + cost(result.report()));
        }
    }

    void finished(ChangeRun.Report report) {
        if (report.ready()) {
            LockReport all =
                    report.phases().stream().map(ChangeRun.PhaseReport::cost).reduce(LockReport.NONE, LockReport::plus);
            line("  Ready. Longest delay of a writer: "
                    + (all.writersDelayed() == 0 ? "none seen" : all.longestDelayMillis() + " ms") + "; "
                    + tries(all) + ", waited " + Durations.format(Duration.ofMillis(all.waitedMillis()))
                    + ", locks held "
                    + all.heldMillis() + " ms.");
        } else {
            line("  ✗ " + report.reason() + ": " + report.message()
                    + (report.sqlState() == null ? "" : " (SQLSTATE " + report.sqlState() + ")"));
            report.violations().forEach(this::violation);
        }
    }

    private void violations(PhaseResult result) {
        result.violations().forEach(this::violation);
    }

    private void violation(Violations violations) {
        line("    " + violations.table() + ": " + violations.count() + " violate " + violations.constraint()
                + (violations.sample().isEmpty() ? "" : ", for instance " + String.join("; ", violations.sample())));
    }

    private static String blocker(Blocker blocker) {
        return (blocker.pid() == null ? "a prepared transaction" : "pid " + blocker.pid())
                + (blocker.application().isEmpty() ? "" : " (" + blocker.application() + ")") + ", " + blocker.state()
                + ", " + blocker.mode() + " on " + blocker.relation();
    }

    private static String cost(LockReport report) {
        return report.tries() == 0
                ? ""
                : ": " + tries(report) + ", waited " + Durations.format(Duration.ofMillis(report.waitedMillis()))
                        + ", locks held " + report.heldMillis() + " ms, "
                        + (report.writersDelayed() == 0
                                ? "no writer delayed"
                                : "longest delay of a writer " + report.longestDelayMillis() + " ms");
    }

    private static String tries(LockReport report) {
        return report.tries() == 1 ? "1 try" : report.tries() + " tries";
    }

    private synchronized void line(String text) {
        out.println(live ? "\r\u001b[K" + text : text);
        out.flush();
    }

    private void liveLine(String text) {
        if (live) {
            out.print("\r\u001b[K" + text);
            out.flush();
        }
    }
}
