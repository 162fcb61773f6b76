package dev.phaselock.change;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import dev.phaselock.api.WindowSpec;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Objects;

/** A stretch of time that comes again and again: it opens by a schedule of cron and stays open for a while. */
public final class Window {
    private static final Duration LONGEST = Duration.ofDays(1);

    private final ExecutionTime schedule;
    private final Duration duration;
    private final ZoneId zone;

    private Window(ExecutionTime schedule, Duration duration, ZoneId zone) {
        this.schedule = schedule;
        this.duration = duration;
        this.zone = zone;
    }

    /**
     * Reads {@code spec.locks.window}.
     *
     * @throws InvalidChangeException when the schedule, the duration or the time zone is none
     */
    public static Window of(WindowSpec spec) {
        Duration duration = Durations.parse(spec.duration());
        if (duration.isZero() || duration.compareTo(LONGEST) > 0) {
            throw new InvalidChangeException(
                    "locks.window.duration",
                    "\"" + spec.duration() + "\" is not more than nothing and at most 24h; without a window tries may"
                            + " always grow");
        }
        return new Window(schedule(spec.schedule()), duration, zone(spec.timeZone()));
    }

    private static ExecutionTime schedule(String text) {
        try {
            return ExecutionTime.forCron(
                    new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX)).parse(text));
        } catch (IllegalArgumentException e) {
            throw new InvalidChangeException(
                    "locks.window.schedule",
                    "\"" + text + "\" is no schedule of cron, such as 0 2 * * * (each day at 2:00): " + e.getMessage());
        }
    }

    private static ZoneId zone(String name) {
        try {
            return ZoneId.of(Objects.requireNonNullElse(name, "UTC"));
        } catch (DateTimeException _) {
            throw new InvalidChangeException(
                    "locks.window.timeZone", "\"" + name + "\" is no time zone, such as UTC or Europe/Berlin");
        }
    }

    /** Whether it is open at a time. */
    public boolean isOpen(Instant now) {
        return schedule.lastExecution(now.atZone(zone).plusNanos(1))
                .map(opened -> opened.toInstant().plus(duration).isAfter(now))
                .orElse(false);
    }
}
