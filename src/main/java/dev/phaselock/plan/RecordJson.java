package dev.phaselock.plan;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes records of strings, numbers, booleans, enums, lists and records as JSON, as {@link ResultJson} does,
 * but with Jackson's tokens alone. A phase begins with it: Jackson's databind takes longer to get ready (70 ms, measured
 * with an AOT cache) than all else that a phase does before its first SQL statement.
 */
public final class RecordJson {
    /** ASCII, for a stream's or an environment's encoding is that of a container's locale, and an image mostly has none. */
    private static final JsonFactory FACTORY =
            JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private RecordJson() {}

    /**
     * Reads a record. Fields that it does not have are left out; what the document lacks is null, 0 or false.
     *
     * @throws IllegalArgumentException when the document is not one of the record; the message does not repeat its text
     */
    public static <R extends Record> R read(String json, Class<R> type) {
        try (JsonParser parser = FACTORY.createParser(json)) {
            parser.nextToken();
            return type.cast(readRecord(parser, type));
        } catch (IOException | IllegalArgumentException | ReflectiveOperationException _) {
            throw new IllegalArgumentException("not a JSON document of a " + type.getSimpleName());
        }
    }

    /** Writes a record in ASCII. What is null is left out. */
    public static String write(Record document) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = FACTORY.createGenerator(text)) {
            writeValue(generator, document);
        } catch (IOException | ReflectiveOperationException e) {
            throw new IllegalStateException("a record of our own cannot be written as JSON", e);
        }
        return text.toString();
    }

    private static Object readRecord(JsonParser parser, Class<?> type)
            throws IOException, ReflectiveOperationException {
        require(parser.currentToken() == JsonToken.START_OBJECT);
        RecordComponent[] components = type.getRecordComponents();
        @Nullable Object[] values = new Object[components.length];
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = absent(types[i]);
        }
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            int i = indexOf(components, parser.currentName());
            if (parser.nextToken() != JsonToken.VALUE_NULL && i >= 0) {
                values[i] = readValue(parser, components[i].getGenericType());
            } else {
                parser.skipChildren();
            }
        }
        Constructor<?> constructor = type.getDeclaredConstructor(types);
        constructor.setAccessible(true);
        return constructor.newInstance(values);
    }

    private static int indexOf(RecordComponent[] components, String name) {
        for (int i = 0; i < components.length; i++) {
            if (components[i].getName().equals(name)) {
                return i;
            }
        }
        return -1;
    }

    private static @Nullable Object absent(Class<?> type) {
        if (type == boolean.class) {
            return false;
        }
        if (type == int.class) {
            return 0;
        }
        return type == long.class ? 0L : null;
    }

    private static Object readValue(JsonParser parser, Type type) throws IOException, ReflectiveOperationException {
        if (type instanceof ParameterizedType list) {
            require(list.getRawType() == List.class && parser.currentToken() == JsonToken.START_ARRAY);
            List<Object> elements = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                elements.add(readValue(parser, list.getActualTypeArguments()[0]));
            }
            return elements;
        }
        Class<?> single = (Class<?>) type;
        if (single.isRecord()) {
            return readRecord(parser, single);
        }
        if (single == boolean.class || single == Boolean.class) {
            return parser.getBooleanValue();
        }
        if (single == int.class || single == Integer.class) {
            return parser.getIntValue();
        }
        if (single == long.class || single == Long.class) {
            return parser.getLongValue();
        }
        require(parser.currentToken() == JsonToken.VALUE_STRING);
        return single.isEnum() ? constant(single, parser.getText()) : single.cast(parser.getText());
    }

    private static Object constant(Class<?> type, String label) throws ReflectiveOperationException {
        for (Object constant : type.getEnumConstants()) {
            if (label((Enum<?>) constant).equals(label)) {
                return constant;
            }
        }
        throw new IllegalArgumentException();
    }

    private static String label(Enum<?> constant) throws ReflectiveOperationException {
        JsonProperty property =
                constant.getDeclaringClass().getField(constant.name()).getAnnotation(JsonProperty.class);
        return property == null ? constant.name() : property.value();
    }

    private static void require(boolean expected) {
        if (!expected) {
            throw new IllegalArgumentException();
        }
    }

    private static void writeValue(JsonGenerator generator, Object value)
            throws IOException, ReflectiveOperationException {
        switch (value) {
            case Record document -> {
                generator.writeStartObject();
                for (RecordComponent component : document.getClass().getRecordComponents()) {
                    component.getAccessor().setAccessible(true);
                    Object field = component.getAccessor().invoke(document);
                    if (field != null) {
                        generator.writeFieldName(component.getName());
                        writeValue(generator, field);
                    }
                }
                generator.writeEndObject();
            }
            case List<?> elements -> {
                generator.writeStartArray();
                for (Object element : elements) {
                    writeValue(generator, element);
                }
                generator.writeEndArray();
            }
            case Enum<?> constant -> generator.writeString(label(constant));
            case String text -> generator.writeString(text);
            case Boolean truth -> generator.writeBoolean(truth);
            case Integer number -> generator.writeNumber(number);
            case Long number -> generator.writeNumber(number);
            default ->
                throw new IllegalArgumentException(value.getClass() + " is not for a record that is written as JSON");
        }
    }
}
