package dev.mouthpiece.worker.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the fields of a JSON object, and refuses what does not fit by its name. A field that is null is one that is not there. Used by one thread.
 */
final class Fields {
    private final ObjectNode object;
    private final String path;
    private final Kind wrong;
    private final Set<String> known = new HashSet<>();

    /**
     * Of this object.
     *
     * @param wrong what a value of the wrong type or range is called; one that is missing is always malformed
     */
    Fields(ObjectNode object, String path, Kind wrong) {
        this.object = object;
        this.path = path;
        this.wrong = wrong;
    }

    private Optional<JsonNode> find(String name) {
        known.add(name);
        final JsonNode node = object.get(name);
        return node == null || node.isNull() ? Optional.empty() : Optional.of(node);
    }

    boolean has(String name) {
        return find(name).isPresent();
    }

    /** A text of 1..{@code max} characters, without control characters. */
    Optional<String> text(String name, int max) {
        return find(name).map(node -> {
            if (!node.isTextual()) {
                throw wrong(name, "must be a string");
            }
            final String text = node.textValue();
            if (text.isEmpty() || text.length() > max) {
                throw wrong(name, "must have 1 to " + max + " characters");
            }
            if (text.chars().anyMatch(Character::isISOControl)) {
                throw wrong(name, "holds characters that are not text");
            }
            return text;
        });
    }

    /** A longer text, which may have lines. */
    Optional<String> prose(String name, int max) {
        return find(name).map(node -> {
            if (!node.isTextual()
                    || node.textValue().length() > max
                    || node.textValue().indexOf('\0') >= 0) {
                throw wrong(name, "must be a string of up to " + max + " characters");
            }
            return node.textValue();
        });
    }

    String requireText(String name, int max) {
        return text(name, max).orElseThrow(() -> missing(name));
    }

    boolean flag(String name) {
        return find(name)
                .map(node -> {
                    if (!node.isBoolean()) {
                        throw wrong(name, "must be true or false");
                    }
                    return node.booleanValue();
                })
                .orElse(false);
    }

    /** A number from {@code min} to {@code max}. */
    Optional<Double> number(String name, double min, double max) {
        return find(name).map(node -> {
            if (!node.isNumber()) {
                throw wrong(name, "must be a number");
            }
            final double value = node.doubleValue();
            if (!(value >= min && value <= max)) {
                throw wrong(name, "must be " + plain(min) + " to " + plain(max));
            }
            return value;
        });
    }

    /** A whole number from {@code min} to {@code max}; 30.0 is one too. */
    Optional<Integer> integer(String name, int min, int max) {
        return number(name, min, max).map(value -> {
            if (value != Math.rint(value)) {
                throw wrong(name, "must be a whole number");
            }
            return value.intValue();
        });
    }

    Optional<ObjectNode> object(String name) {
        return find(name).map(node -> {
            if (!(node instanceof ObjectNode found)) {
                throw wrong(name, "must be an object");
            }
            return found;
        });
    }

    /** Refuses fields that nobody has asked for. */
    void refuseOthers() {
        others().stream().findFirst().ifPresent(name -> {
            final String shown = name.length() > 64 ? name.substring(0, 64) : name;
            throw RequestException.of(
                    wrong,
                    "unknown_parameter",
                    "There is no such field: " + path + printable(shown) + ".",
                    path + printable(shown));
        });
    }

    /** Fields that nobody has asked for. */
    List<String> others() {
        return object.properties().stream()
                .map(Map.Entry::getKey)
                .filter(name -> !known.contains(name))
                .toList();
    }

    RequestException missing(String name) {
        return RequestException.of(
                Kind.MALFORMED, "missing_parameter", "The field " + path + name + " is missing.", path + name);
    }

    RequestException wrong(String name, String why) {
        return RequestException.of(
                wrong, "invalid_parameter", "The field " + path + name + " " + why + ".", path + name);
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
