package dev.phaselock.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Consumer;

/**
 * The JSON documents that go between the operator and the runner, for whoever has the time to load Jackson's databind (else: {@link
 * RecordJson}). A result is cut to {@link PhaseResult#MAX_BYTES}, the
 * least needed first: samples, long SQL, blockers, locks, the phases' labels.
 */
public final class ResultJson {
    /** Loaded when it is needed: a phase mostly ends without it. */
    private static final class Databind {
        private static final ObjectMapper MAPPER =
                new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);
    }

    private static final int LONGEST_MESSAGE = 600;
    private static final int SHORT = 200;

    /** What is left out, one after the other, until the document fits. */
    private static final List<Consumer<ObjectNode>> CUTS = List.of(
            result -> result.withArray("violations").forEach(table -> keep(table, "sample", 1)),
            result -> result.withArray("violations").forEach(table -> keep(table, "sample", 0)),
            result -> keep(result, "violations", 5),
            result -> phases(result).forEach(ResultJson::shortenSql),
            result -> keep(result, "blockers", 2),
            result -> phases(result).forEach(phase -> keep(phase, "sql", 0)),
            result -> keep(result, "blockers", 0),
            result -> keep(result.get("report"), "endings", 1),
            result -> phases(result).forEach(phase -> keep(phase, "locks", 0)),
            result -> phases(result).forEach(phase -> ((ObjectNode) phase).put("label", "")),
            result -> keep(result, "violations", 1),
            result -> cut(result, "message", SHORT),
            result -> {
                if (result.get("plan") instanceof ObjectNode plan) {
                    cut(plan, "label", SHORT);
                }
            });

    private ResultJson() {}

    /** Any of the documents, whole. */
    public static String write(Object document) {
        try {
            return Databind.MAPPER.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record of our own cannot be written as JSON", e);
        }
    }

    /**
     * Reads a document.
     *
     * @throws IllegalArgumentException when it is not one; the message does not repeat its text
     */
    public static <T> T read(String json, Class<T> type) {
        try {
            JsonNode document = Databind.MAPPER.readTree(json);
            lengthen(document);
            return Databind.MAPPER.treeToValue(document, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a JSON document of a " + type.getSimpleName());
        }
    }

    /** A result, cut to what a termination message can hold. */
    public static String writeResult(PhaseResult result) {
        String whole = RecordJson.write(result);
        if (whole.length() <= PhaseResult.MAX_BYTES && result.message().length() <= LONGEST_MESSAGE) {
            return whole;
        }
        ObjectNode document = Databind.MAPPER.valueToTree(result);
        cut(document, "message", LONGEST_MESSAGE);
        for (Consumer<ObjectNode> cut : CUTS) {
            if (fits(document)) {
                return document.toString();
            }
            cut.accept(document);
        }
        if (fits(document)) {
            return document.toString();
        }
        shorten(document);
        return document.toString();
    }

    /**
     * A plan of very many phases: only the shape of it, a letter for each phase and a comma before
     * each further change. Their names follow from it ({@link
     * Phase#nameOf}).
     */
    private static void shorten(ObjectNode document) {
        if (document.get("plan") instanceof ObjectNode plan) {
            StringBuilder shape = new StringBuilder();
            int change = 0;
            for (JsonNode phase : plan.path("phases")) {
                for (; change < phase.path("change").asInt(); change++) {
                    shape.append(',');
                }
                char letter = switch (phase.path("type").asText()) {
                    case "Verify" -> 'r';
                    case "Validate" -> 'v';
                    case "Index" -> 'i';
                    case "Backfill" -> 'b';
                    default -> 'a';
                };
                shape.append(phase.path("done").asBoolean() ? Character.toUpperCase(letter) : letter);
            }
            plan.remove("phases");
            plan.put("shape", shape.toString());
        }
    }

    private static void lengthen(JsonNode document) {
        if (document.path("plan") instanceof ObjectNode plan && plan.has("shape")) {
            ArrayNode phases = plan.putArray("phases");
            int change = 0;
            for (char letter : plan.remove("shape").asText().toCharArray()) {
                if (letter == ',') {
                    change++;
                    continue;
                }
                PhaseType type = switch (Character.toLowerCase(letter)) {
                    case 'r' -> PhaseType.VERIFY;
                    case 'v' -> PhaseType.VALIDATE;
                    case 'i' -> PhaseType.INDEX;
                    case 'b' -> PhaseType.BACKFILL;
                    default -> PhaseType.APPLY;
                };
                ObjectNode phase = phases.addObject();
                phase.put("name", Phase.nameOf(phases.size(), type));
                phase.put("type", type.label());
                phase.put("label", type.label());
                phase.put("done", Character.isUpperCase(letter));
                phase.putArray("sql");
                phase.putArray("locks");
                phase.put("change", change);
            }
        }
    }

    private static boolean fits(ObjectNode document) {
        return document.toString().getBytes(StandardCharsets.UTF_8).length <= PhaseResult.MAX_BYTES;
    }

    private static Iterable<JsonNode> phases(ObjectNode result) {
        return result.path("plan").path("phases");
    }

    private static void keep(JsonNode node, String array, int count) {
        if (node.get(array) instanceof ArrayNode elements) {
            while (elements.size() > count) {
                elements.remove(elements.size() - 1);
            }
        }
    }

    private static void shortenSql(JsonNode phase) {
        keep(phase, "sql", 1);
        if (phase.get("sql") instanceof ArrayNode sql && !sql.isEmpty()) {
            sql.set(0, shortened(sql.get(0).asText(), SHORT));
        }
    }

    private static void cut(ObjectNode node, String field, int length) {
        if (node.hasNonNull(field)) {
            node.put(field, shortened(node.get(field).asText(), length));
        }
    }

    private static String shortened(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length) + "…";
    }
}
