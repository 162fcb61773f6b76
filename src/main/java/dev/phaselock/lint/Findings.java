package dev.phaselock.lint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The findings of several files, in the forms that people and programs read.
 *
 * @param files by name, in the order in which they were given
 */
public record Findings(Map<String, List<Finding>> files) {
    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /** How many there are of this level or a worse one. */
    public long atLeast(Level level) {
        return files.values().stream()
                .flatMap(List::stream)
                .filter(finding -> finding.level().compareTo(level) >= 0)
                .count();
    }

    /** For people: each finding with its statement, what it costs and what to do; then how many there are. */
    public String text() {
        StringBuilder text = new StringBuilder();
        files.forEach((file, findings) -> findings.forEach(finding -> text.append("%s:%d:%d: %s  %s%n"
                        .formatted(
                                file,
                                finding.position().line(),
                                finding.position().column(),
                                level(finding),
                                finding.rule().id()))
                .append("    %s%n".formatted(finding.statement()))
                .append("    why      %s%n".formatted(finding.why()))
                .append("    instead  %s%n%n".formatted(finding.instead()))));
        text.append(files.size() == 1 ? "1 file: " : files.size() + " files: ");
        for (Level level : List.of(Level.ERROR, Level.WARNING, Level.NOTICE)) {
            long count = files.values().stream()
                    .flatMap(List::stream)
                    .filter(finding -> finding.level() == level)
                    .count();
            text.append(level == Level.ERROR ? "" : ", ")
                    .append(count)
                    .append(' ')
                    .append(level.name().toLowerCase(Locale.ROOT))
                    .append(count == 1 ? "" : "s");
        }
        return text.append(System.lineSeparator()).toString();
    }

    /** One array, with an object for each finding. */
    public String json() {
        List<Map<String, Object>> all = new ArrayList<>();
        files.forEach((file, findings) -> findings.forEach(finding -> {
            Map<String, Object> object = new LinkedHashMap<>();
            object.put("file", file);
            object.put("line", finding.position().line());
            object.put("column", finding.position().column());
            object.put("level", level(finding));
            object.put("rule", finding.rule().id());
            object.put("statement", finding.statement());
            if (finding.lock() != null) {
                object.put("lock", finding.lock().sql());
            }
            object.put("why", finding.why());
            object.put("instead", finding.instead());
            all.add(object);
        }));
        return write(all);
    }

    /** Annotations, as GitHub Actions reads them from a step's output. */
    public String github() {
        StringBuilder text = new StringBuilder();
        files.forEach((file, findings) ->
                findings.forEach(finding -> text.append("::%s file=%s,line=%d,col=%d,title=%s::%s%n"
                        .formatted(
                                level(finding),
                                property(file),
                                finding.position().line(),
                                finding.position().column(),
                                finding.rule().id(),
                                data(finding.why() + "\n" + finding.instead())))));
        return text.toString();
    }

    private static String data(String text) {
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A");
    }

    private static String property(String text) {
        return data(text).replace(":", "%3A").replace(",", "%2C");
    }

    /** SARIF 2.1.0, which code scanning services take. */
    public String sarif(String version) {
        List<Object> results = new ArrayList<>();
        files.forEach((file, findings) -> findings.forEach(finding -> results.add(Map.of(
                "ruleId",
                finding.rule().id(),
                "level",
                finding.level() == Level.NOTICE ? "note" : level(finding),
                "message",
                Map.of("text", finding.why() + " " + finding.instead()),
                "locations",
                List.of(Map.of(
                        "physicalLocation",
                        Map.of(
                                "artifactLocation",
                                Map.of("uri", file.replace('\\', '/')),
                                "region",
                                Map.of(
                                        "startLine",
                                        finding.position().line(),
                                        "startColumn",
                                        finding.position().column()))))))));
        List<Object> rules = Arrays.stream(Rule.values())
                .<Object>map(rule -> Map.of("id", rule.id(), "shortDescription", Map.of("text", rule.title())))
                .toList();
        return write(Map.of(
                "$schema",
                "https://json.schemastore.org/sarif-2.1.0.json",
                "version",
                "2.1.0",
                "runs",
                List.of(Map.of(
                        "tool",
                        Map.of("driver", Map.of("name", "phaselock", "version", version, "rules", rules)),
                        "results",
                        results))));
    }

    private static String level(Finding finding) {
        return finding.level().name().toLowerCase(Locale.ROOT);
    }

    private static String write(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
