package dev.mouthpiece.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mouthpiece.device.DeviceKind;
import dev.mouthpiece.device.warp.WarpLayout;
import dev.mouthpiece.model.Manifest.Encode;
import dev.mouthpiece.model.Manifest.Kind;
import dev.mouthpiece.model.Manifest.Placement;
import dev.mouthpiece.model.Manifest.Render;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestReaderTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String TALKER = """
            {
              "schema": 1, "name": "talker", "version": "1.2.0", "title": "Talks.", "license": "Apache-2.0",
              "kind": "lipsync", "quality": "standard", "engine": "torchscript", "sampleRateHz": 16000, "fps": 25,
              "encode": {
                "file": "encode.pt", "batch": 8, "framesPerCall": [1, 2, 5], "contextSamples": 7680,
                "lookaheadSamples": 1200, "offsetMs": -20,
                "features": [{"name": "jaw", "min": 0, "max": 1, "rest": 0.25}]
              },
              "life": [{"name": "blink", "min": -1, "max": 1, "rest": 0}],
              "render": {
                "idle": "live", "batchBuckets": [1, 4], "mouth": {"x": 0.5, "y": 0.68}, "eyeDistance": 0.234,
                "patches": [
                  {"size": 256, "prepare": "p.pt", "render": "r.pt"},
                  {"size": 320, "prepare": "p.pt", "render": "r.pt"}
                ],
                "identity": [{"name": "tex", "dim": 2}]
              },
              "precision": {"cpu": "float32"},
              "golden": [{"file": "golden/talk.npz", "module": "talk", "patch": 320, "tolerance": 1}],
              "files": {
                "encode.pt": {"sha256": "HASH", "bytes": 1}, "p.pt": {"sha256": "HASH", "bytes": 2},
                "r.pt": {"sha256": "HASH", "bytes": 3}, "golden/talk.npz": {"sha256": "HASH", "bytes": 4}
              }
            }
            """.replace("HASH", "0123456789abcdef".repeat(4));

    @Test
    void shouldReadABoxAndRenderersForDevicesWhenThereAre() {
        final String text = TALKER.replace(
                        "\"idle\": \"live\"",
                        "\"idle\": \"loop\", \"placement\": \"box\", \"box\":"
                                + " {\"left\": 0.1, \"top\": -0.2, \"right\": 0, \"bottom\": 0.05, \"feather\": 4}")
                .replace(
                        "{\"size\": 320,",
                        "{\"renderCuda\": \"encode.pt\", \"renderBfloat16\": \"p.pt\", \"size\": 320,");

        final Render render = ManifestReader.parse(text).requireRender();

        assertThat(render.placement()).isEqualTo(Placement.BOX);
        assertThat(render.box()).isEqualTo(new Manifest.Box(0.1f, -0.2f, 0, 0.05f, 4));
        assertThat(render.patches()).extracting(Manifest.Patch::renderCuda).containsExactly("r.pt", "encode.pt");
        assertThat(render.patches()).extracting(Manifest.Patch::renderBfloat16).containsExactly("r.pt", "p.pt");
        assertThatThrownBy(() -> ManifestReader.parse(text.replace("-0.2", "-0.9")))
                .hasMessageContaining("render.box.top must be -0.4..2");
    }

    @Test
    void shouldReadAWarpWhereAPatchHasOne() {
        final String text = TALKER.replace("\"dim\": 2", "\"dim\": 0").replace("{\"size\": 320,", """
                        {"warp": {"file": "encode.pt", "texture": "tex", "ground": "tex", "lattice": 40,
                          "light": {"x": 4, "y": 8, "width": 300, "height": 200, "columns": 30, "rows": 20},
                          "insets": [{"width": 90, "height": 80, "map": "replace", "paint": "above"},
                                     {"width": 20, "height": 10, "map": "add", "paint": "below"}]}, "size": 320,""");

        final Render render = ManifestReader.parse(text).requireRender();

        assertThat(render.patches().getFirst().warp()).isNull();
        final WarpLayout layout = new WarpLayout(
                320,
                40,
                new WarpLayout.Light(4, 8, 300, 200, 30, 20),
                List.of(new WarpLayout.Inset(90, 80, false, false), new WarpLayout.Inset(20, 10, true, true)));
        assertThat(render.patches().getLast().warp()).isEqualTo(new Manifest.Warp("encode.pt", "tex", "tex", layout));
        assertRefused(text, "\"width\": 300", "\"width\": 317", "warp.light.width must be 2..316: 317");
        assertRefused(text, "\"add\"", "\"mix\"", "insets[1].map must be replace or add: \"mix\"");
        assertRefused(text, "\"below\"", "\"beside\"", "insets[1].paint must be below or above (the light)");
        assertRefused(text, "\"ground\": \"tex\"", "\"ground\": \"bg\"", "render.identity must list bg, which a warp");
        assertRefused(text, "\"dim\": 0", "\"dim\": 1", "render.identity must list tex");
    }

    private static void assertRefused(String text, String what, String with, String expected) {
        assertThat(text).contains(what);
        assertThatThrownBy(() -> ManifestReader.parse(text.replace(what, with)))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining(expected);
    }

    @Test
    void shouldReadEveryField() {
        final Manifest manifest = ManifestReader.parse(TALKER);

        assertThat(manifest.name()).isEqualTo("talker");
        assertThat(manifest.kind()).isEqualTo(Kind.LIPSYNC);
        assertThat(manifest.fps()).isEqualTo(25);
        final Encode encode = manifest.requireEncode();
        assertThat(encode.framesPerCall()).containsExactly(1, 2, 5);
        assertThat(encode.offsetMs()).isEqualTo(-20);
        assertThat(encode.features()).containsExactly(new Manifest.Parameter("jaw", 0, 1, 0.25f));
        assertThat(manifest.life()).containsExactly(new Manifest.Parameter("blink", -1, 1, 0));
        final Render render = manifest.requireRender();
        assertThat(render.placement()).isEqualTo(Placement.FACE);
        assertThat(render.mouthY()).isEqualTo(0.68f);
        assertThat(render.patches()).extracting(Manifest.Patch::size).containsExactly(256, 320);
        assertThat(render.identity()).containsExactly(new Manifest.IdentityTensor("tex", 2));
        assertThat(manifest.golden()).containsExactly(new Manifest.Golden("golden/talk.npz", "talk", 320, 1, 1, 1));
        assertThat(manifest.files()).hasSize(4);
        assertThat(manifest.precision()).containsEntry("cpu", "float32");
    }

    @Test
    void shouldTolerateFieldsItDoesNotKnow() {
        final String extended = edited("/render", render -> render.put("later", true));

        assertThat(ManifestReader.parse(extended)).isEqualTo(ManifestReader.parse(TALKER));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "        | schema           | 2             | schema must be 1, this worker knows no other: 2",
                "        | schema           |               | schema must be 1..2147483647: missing",
                "        | name             | 'My Model'    | name must be a name of a-z, 0-9, '.', '_' and '-': \"My Model\"",
                "        | title            | ' '           | title must be a line of text: \" \"",
                "        | kind             | 'video'       | kind must be one of lipsync, face, pattern: \"video\"",
                "        | quality          | 'best'        | quality must be standard or mock: \"best\"",
                "        | engine           | 'onnx'        | engine must be torchscript: \"onnx\"",
                "        | sampleRateHz     | 4000          | sampleRateHz must be 8000..48000: 4000",
                "        | fps              | 30            | fps must divide sampleRateHz=16000: 30",
                "        | files            |               | files must be an object: missing",
                "        | encode           |               | encode must be an object: missing",
                "        | render           | 3             | render must be an object: 3",
                "        | life             |               | life must be an array of 0..256: missing",
                "/encode | batch            | 0             | encode.batch must be 1..64: 0",
                "/encode | batch            | 1.5           | encode.batch must be 1..64: 1.5",
                "/encode | batch            | many          | encode.batch must be 1..64: \"many\"",
                "/encode | batchCuda        | 65            | encode.batchCuda must be 1..64: 65",
                "/encode | framesPerCall    | []            | encode.framesPerCall must be an array of 1..16: []",
                "/encode | framesPerCall    | [1,1]         | encode.framesPerCall must ascend: [1,1]",
                "/encode | framesPerCall    | [1,0]         | encode.framesPerCall[1] must be 1..100: 0",
                "/encode | contextSamples   | -1            | encode.contextSamples must be 0..160000: -1",
                "/encode | lookaheadSamples | 99999999999   | encode.lookaheadSamples must be 0..32000: 99999999999",
                "/encode | offsetMs         | 5000          | encode.offsetMs must be -1000..1000: 5000",
                "/encode | features         | []            | encode.features must be an array of 1..65536: []",
                "/encode | features         | [7]           | encode.features[0] must be an object: 7",
                "/encode | file             | 'other.pt'    | encode.file must be listed in files: \"other.pt\"",
                "/encode | file             | '../x.pt'     | encode.file must be a file of the package: \"../x.pt\"",
                "/encode/features/0 | max   | -1            | encode.features[0].max must be 0..1000000: -1",
                "/encode/features/0 | rest  | 2             | encode.features[0].rest must be 0..1: 2",
                "/life/0 | min              | 'x'           | life[0].min must be -1000000..1000000: \"x\"",
                "/render | idle             | 'still'       | render.idle must be live or loop: \"still\"",
                "/render | easeMs           | -1            | render.easeMs must be 0..2000: -1",
                "/render | placement        | 'middle'      | render.placement must be one of face, frame, box: \"middle\"",
                "/render | eyeDistance      | 0             | render.eyeDistance must be 0.01..1: 0",
                "/render/mouth | y          | 68            | render.mouth.y must be 0..1: 68",
                "/render | patches          | []            | render.patches must be an array of 1..64: []",
                "/render/patches/0 | size   | 320           | render.patches must ascend by size",
                "/render/patches/1 | render |               | render.patches[1].render must be a file of the package: missing",
                "/render | identity         | [{}]          | render.identity[0].name must be a line of text: missing",
                "/render/identity/0 | dim   | 8             | render.identity[0].dim must be 0..7: 8",
                "/golden/0 | module         | 'speak'       | golden[0].module must be encode, talk, face or sample: \"speak\"",
                "/golden/0 | patch          | 384           | golden[0].patch must be the size of a patch: 384",
                "/golden/0 | tolerance      | -1            | golden[0].tolerance must be 0..255: -1",
                "/files/p.pt | sha256       | 'abc'         | files.p.pt.sha256 must be 64 hexadecimal digits: \"abc\"",
                "/files/p.pt | bytes        | -1            | files.p.pt.bytes must be a number of bytes: -1",
                "/files  | ../evil          | {}            | files.../evil must be a path inside the package, other than model.json",
                "/files  | /etc/passwd      | {}            | files./etc/passwd must be a path inside the package, other than model.json",
            })
    void shouldNameFieldAndExpectationWhenValueIsWrong(
            @Nullable String object, String field, @Nullable String value, String expectedMessage) {
        final String broken = edited(object == null ? "" : object, node -> set(node, field, value));

        assertThatThrownBy(() -> ManifestReader.parse(broken))
                .isInstanceOf(ModelException.class)
                .hasMessage("model.json: " + expectedMessage);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "7", "{\"schema\": 1,"})
    void shouldRefuseWhenTextIsNoJsonObject(String text) {
        assertThatThrownBy(() -> ManifestReader.parse(text))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("model.json ");
    }

    @Test
    void shouldShortenValueWhenItIsLong() {
        final String broken = edited("", root -> root.put("kind", "k".repeat(500)));

        assertThatThrownBy(() -> ManifestReader.parse(broken)).hasMessageEndingWith("k…");
    }

    @Test
    void shouldNeedNoSpeechFieldsWhenPackageFindsFaces() {
        final Manifest face = ManifestReader.parse(edited("", root -> {
            root.put("kind", "face").remove(List.of("encode", "life", "render", "golden", "sampleRateHz", "fps"));
            root.putObject("face").put("file", "p.pt").put("sample", "r.pt");
        }));

        assertThat(face.face()).isEqualTo(new Manifest.Face("p.pt", "r.pt"));
        assertThatThrownBy(face::requireEncode).hasMessage("talker is no lip-sync model: kind=face");
    }

    private static String edited(String pointer, Consumer<ObjectNode> edit) {
        try {
            final ObjectNode root = (ObjectNode) JSON.readTree(TALKER);
            edit.accept((ObjectNode) root.at(pointer));
            return root.toString();
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** Nothing removes the field; numbers, arrays and objects are JSON, the rest is text. */
    private static void set(ObjectNode node, String field, @Nullable String value) {
        try {
            if (value == null) {
                node.remove(field);
            } else if (value.matches("[-0-9\\[{].*")) {
                node.set(field, JSON.readTree(value));
            } else {
                node.put(field, value);
            }
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void shouldListWhatIsInArraysInOrder() {
        final ArrayNode buckets = JSON.createArrayNode().add(2).add(16);
        final String edited = edited("/render", render -> render.set("batchBuckets", buckets));

        assertThat(ManifestReader.parse(edited).requireRender().batchBuckets()).containsExactly(2, 16);
    }

    @Test
    void shouldHaveTheBatchOfTheDevice() {
        final Manifest same = ManifestReader.parse(TALKER);
        assertThat(same.on(DeviceKind.CUDA).requireEncode().batch()).isEqualTo(8);

        final Manifest wider = ManifestReader.parse(edited("/encode", encode -> encode.put("batchCuda", 32)));
        assertThat(wider.on(DeviceKind.CPU).requireEncode().batch()).isEqualTo(8);
        assertThat(wider.on(DeviceKind.CUDA).requireEncode().batch()).isEqualTo(32);
    }
}
