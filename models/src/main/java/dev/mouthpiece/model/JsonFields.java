package dev.mouthpiece.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One object of a JSON file with its place in it, read field by field. Whatever is missing or out of range ends in a
 * {@link ModelException} that names file and field and says what is expected. Fields that nobody asks for are tolerated.
 *
 * @param file the file's name, for messages
 * @param path where the object is, such as {@code render.patches[0]}; empty for the root
 */
record JsonFields(String file, String path, JsonNode node) {
    /** How much of a wrong value a message repeats. */
    private static final int SHOWN_CHARACTERS = 60;

    boolean has(String name) {
        return node.hasNonNull(name);
    }

    JsonFields object(String name) {
        final JsonNode child = node.path(name);
        if (!child.isObject()) {
            throw error(name, "must be an object", child);
        }
        return new JsonFields(file, at(name), child);
    }

    /** A string that matches as a whole. */
    String text(String name, Pattern pattern, String expected) {
        final JsonNode child = node.path(name);
        if (!child.isTextual() || !pattern.matcher(child.textValue()).matches()) {
            throw error(name, "must be " + expected, child);
        }
        return child.textValue();
    }

    /** One of an enum's constants, in lower case. */
    <E extends Enum<E>> E constant(String name, Class<E> type) {
        final List<String> names = new ArrayList<>();
        for (E constant : type.getEnumConstants()) {
            final String text = constant.name().toLowerCase(Locale.ROOT);
            if (text.equals(node.path(name).textValue())) {
                return constant;
            }
            names.add(text);
        }
        throw error(name, "must be one of " + String.join(", ", names), node.path(name));
    }

    int integer(String name, int min, int max) {
        return checkInteger(name, node.path(name), min, max);
    }

    private int checkInteger(String name, JsonNode value, int min, int max) {
        if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
            throw error(name, "must be " + min + ".." + max, value);
        }
        return value.intValue();
    }

    long size(String name) {
        final JsonNode child = node.path(name);
        if (!child.isIntegralNumber() || !child.canConvertToLong() || child.longValue() < 0) {
            throw error(name, "must be a number of bytes", child);
        }
        return child.longValue();
    }

    double number(String name, double min, double max) {
        final JsonNode child = node.path(name);
        if (!child.isNumber() || !(child.doubleValue() >= min && child.doubleValue() <= max)) {
            throw error(name, "must be " + shortest(min) + ".." + shortest(max), child);
        }
        return child.doubleValue();
    }

    private static String shortest(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    /** One to {@code maxCount} whole numbers, each greater than the one before. */
    List<Integer> ascending(String name, int min, int max, int maxCount) {
        final JsonNode child = array(name, 1, maxCount);
        final List<Integer> values = new ArrayList<>();
        for (int i = 0; i < child.size(); i++) {
            final int value = checkInteger(name + "[" + i + "]", child.get(i), min, max);
            if (i > 0 && value <= values.get(i - 1)) {
                throw error(name, "must ascend", child);
            }
            values.add(value);
        }
        return List.copyOf(values);
    }

    /** An array of objects, each read by {@code reader}. */
    <T> List<T> objects(String name, int minCount, int maxCount, Function<JsonFields, T> reader) {
        final JsonNode child = array(name, minCount, maxCount);
        final List<T> values = new ArrayList<>();
        for (int i = 0; i < child.size(); i++) {
            final String element = name + "[" + i + "]";
            if (!child.get(i).isObject()) {
                throw error(element, "must be an object", child.get(i));
            }
            values.add(reader.apply(new JsonFields(file, at(element), child.get(i))));
        }
        return List.copyOf(values);
    }

    private JsonNode array(String name, int minCount, int maxCount) {
        final JsonNode child = node.path(name);
        if (!child.isArray() || child.size() < minCount || child.size() > maxCount) {
            throw error(name, "must be an array of " + minCount + ".." + maxCount, child);
        }
        return child;
    }

    /** All fields of this object, in the file's order, read by {@code reader}, which gets the parent and the name. */
    <T> Map<String, T> fields(Function<String, T> reader) {
        final Map<String, T> values = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            values.put(field.getKey(), reader.apply(field.getKey()));
        }
        return Collections.unmodifiableMap(values);
    }

    /** {@code model.json: encode.batch must be 1..64: 0}. */
    ModelException error(String name, String expectation, @Nullable JsonNode value) {
        String shown = "";
        if (value != null) {
            final String text = value.isMissingNode() ? "missing" : value.toString();
            shown = ": " + (text.length() > SHOWN_CHARACTERS ? text.substring(0, SHOWN_CHARACTERS) + "…" : text);
        }
        return new ModelException(file + ": " + at(name) + " " + expectation + shown);
    }

    private String at(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
