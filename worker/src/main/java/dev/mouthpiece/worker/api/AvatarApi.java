package dev.mouthpiece.worker.api;

import dev.mouthpiece.worker.session.PlatformAvatars;
import dev.mouthpiece.worker.session.PlatformAvatars.PlatformAvatar;
import dev.mouthpiece.worker.session.RequestException;
import dev.mouthpiece.worker.session.RequestException.Kind;
import dev.mouthpiece.worker.session.Tenant;
import dev.mouthpiece.worker.store.Avatars;
import dev.mouthpiece.worker.store.Avatars.StoredAvatar;
import io.javalin.http.Context;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Avatars in Protoface's words. */
final class AvatarApi implements Shape {
    private static final int MAX_NAME = 200;
    private static final int MAX_PAGE = 100;
    private static final int USUAL_PAGE = 20;

    /** An owner's; a bound for the table, not a plan. */
    private static final int MAX_AVATARS = 10_000;

    private static final Set<String> RUNTIMES = Set.of("avtr1", "mock");

    private final Avatars avatars;
    private final PictureIntake pictures;

    AvatarApi(Avatars avatars, PictureIntake pictures) {
        this.avatars = avatars;
        this.pictures = pictures;
    }

    @Override
    public void mount(Routes routes) {
        routes.get("/v1/avatars", this::list);
        routes.post("/v1/avatars", this::create);
        routes.get(
                "/v1/avatars/{id}",
                (context, tenant) -> Answers.json(context, 200, find(tenant, context.pathParam("id"))));
        routes.delete("/v1/avatars/{id}", this::delete);
    }

    @Override
    public void refuse(Context context, RequestException e) {
        Answers.protofaceError(context, e);
    }

    private void create(Context context, Tenant tenant) {
        if (!Bodies.isMultipart(context)) {
            throw RequestException.of(
                    Kind.MALFORMED,
                    "invalid_multipart",
                    "Send the portrait as multipart/form-data, part image.",
                    "image");
        }
        final Map<String, byte[]> form = Bodies.form(context, PictureIntake.MAX_FORM_BYTES);
        final byte[] image = form.get("image");
        if (image == null || image.length == 0) {
            throw RequestException.of(Kind.MALFORMED, "missing_parameter", "The part image is missing.", "image");
        }
        final String name = text(form, "name", "Custom Avatar");
        if (!RUNTIMES.contains(text(form, "runtime_type", "avtr1"))) {
            throw RequestException.of(
                    Kind.UNPROCESSABLE, "invalid_parameter", "runtime_type must be avtr1.", "runtime_type");
        }
        if (avatars.count(tenant.owner()) >= MAX_AVATARS) {
            throw RequestException.of(
                    Kind.CONFLICT, "too_many_avatars", "There are " + MAX_AVATARS + " avatars already: delete some.");
        }
        final String picture = pictures.keepPortrait(image, Kind.UNPROCESSABLE, "image");
        Answers.json(context, 202, view(avatars.create(tenant.owner(), Ids.avatar(), name, picture)));
    }

    private static String text(Map<String, byte[]> form, String part, String usual) {
        final String text = new String(form.getOrDefault(part, new byte[0]), StandardCharsets.UTF_8).strip();
        if (text.length() > MAX_NAME || text.chars().anyMatch(Character::isISOControl)) {
            throw RequestException.of(
                    Kind.UNPROCESSABLE,
                    "invalid_parameter",
                    part + " must be one line of up to " + MAX_NAME + " characters.",
                    part);
        }
        return text.isEmpty() ? usual : text;
    }

    private void list(Context context, Tenant tenant) {
        final String scope = Objects.requireNonNullElse(context.queryParam("scope"), "all");
        if (!Set.of("all", "platform", "org").contains(scope)) {
            throw RequestException.of(
                    Kind.UNPROCESSABLE, "invalid_parameter", "scope must be all, platform or org.", "scope");
        }
        final int limit = Queries.limit(context, USUAL_PAGE, MAX_PAGE);
        final String search =
                Objects.requireNonNullElse(context.queryParam("q"), "").toLowerCase(Locale.ROOT);
        final List<Map<String, Object>> all = new ArrayList<>();
        if (!scope.equals("platform")) {
            avatars.list(tenant.owner()).forEach(avatar -> all.add(view(avatar)));
        }
        if (!scope.equals("org")) {
            PlatformAvatars.all().forEach(avatar -> all.add(view(avatar)));
        }
        all.removeIf(view -> !(view.get("name") + " " + view.get("id"))
                .toLowerCase(Locale.ROOT)
                .contains(search));
        final String after = context.queryParam("starting_after");
        int from = 0;
        if (after != null) {
            Queries.requireCursor(() -> find(tenant, after));
            while (from < all.size() && !after.equals(all.get(from++).get("id"))) {
                // On to the one after it.
            }
        }
        final int to = Math.min(all.size(), from + limit + 1);
        Answers.json(
                context,
                200,
                Queries.page(all.subList(from, to), limit, view -> String.valueOf(view.get("id")), view -> view));
    }

    private Map<String, Object> find(Tenant tenant, String id) {
        final var platform = PlatformAvatars.find(id);
        if (platform.isPresent()) {
            return view(platform.get());
        }
        return view(avatars.get(tenant.owner(), id).orElseThrow(AvatarApi::unknown));
    }

    private void delete(Context context, Tenant tenant) {
        final String id = context.pathParam("id");
        if (PlatformAvatars.find(id).isPresent()) {
            throw RequestException.of(
                    Kind.MALFORMED, "platform_avatar", "Platform avatars come along and cannot be deleted.", "id");
        }
        if (!avatars.delete(tenant.owner(), id)) {
            throw unknown();
        }
        context.status(204);
    }

    private static RequestException unknown() {
        return RequestException.of(Kind.NOT_FOUND, "avatar_not_found", "There is no such avatar.");
    }

    private static Map<String, Object> view(StoredAvatar avatar) {
        final Map<String, Object> view =
                view(avatar.id(), avatar.name(), avatar.state().name().toLowerCase(Locale.ROOT), "avtr1", false);
        view.put("created_at", ProtofaceViews.time(avatar.created()));
        view.put("failure_reason", avatar.failure());
        return view;
    }

    private static Map<String, Object> view(PlatformAvatar avatar) {
        final String runtime = avatar.id().equals(PlatformAvatars.PATTERN) ? "mock" : "avtr1";
        final Map<String, Object> view = view(avatar.id(), avatar.name(), "ready", runtime, true);
        view.put("created_at", ProtofaceViews.time(PlatformAvatar.CREATED));
        view.put("failure_reason", null);
        return view;
    }

    private static Map<String, Object> view(String id, String name, String status, String runtime, boolean isDemo) {
        final Map<String, Object> view = new LinkedHashMap<>();
        view.put("object", "avatar");
        view.put("id", id);
        view.put("name", name);
        view.put("status", status);
        view.put("runtime_type", runtime);
        view.put("is_demo", isDemo);
        view.put("default_voice", null);
        view.put("default_custom_instructions", null);
        return view;
    }
}
