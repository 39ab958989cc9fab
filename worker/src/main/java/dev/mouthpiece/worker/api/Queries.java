package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** What lists have in common. Stateless. */
final class Queries {
    private Queries() {}

    /** The query's {@code limit}, 1..{@code max}. */
    static int limit(Context context, int usual, int max) {
        return number(context, "limit", usual, max, Kind.UNPROCESSABLE);
    }

    /** A whole number of the query, 1..{@code max}. */
    static int number(Context context, String name, int usual, int max, Kind wrong) {
        final String text = context.queryParam(name);
        if (text == null) {
            return usual;
        }
        try {
            final int value = Integer.parseInt(text.strip());
            if (value >= 1 && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // As if it were out of range.
        }
        throw RequestException.of(wrong, "invalid_parameter", name + " must be 1 to " + max + ".", name);
    }

    /** Refuses a cursor that points at nothing. */
    static void requireCursor(Runnable look) {
        try {
            look.run();
        } catch (RequestException e) {
            throw RequestException.of(
                    Kind.UNPROCESSABLE,
                    "invalid_cursor",
                    "starting_after must be the id of an item of this list.",
                    "starting_after");
        }
    }

    /** A list as a page of {@code limit} items; {@code found} has one more where there are more. */
    static <T> Map<String, Object> page(
            List<T> found, int limit, Function<T, String> id, Function<T, Map<String, Object>> view) {
        final boolean hasMore = found.size() > limit;
        final List<T> shown = hasMore ? found.subList(0, limit) : found;
        final Map<String, Object> page = new LinkedHashMap<>();
        page.put("object", "list");
        page.put("data", shown.stream().map(view).toList());
        page.put("has_more", hasMore);
        page.put("next_cursor", hasMore ? id.apply(shown.getLast()) : null);
        return page;
    }
}
