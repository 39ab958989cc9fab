package dev.mouthpiece.worker.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mouthpiece.worker.media.Seeds;
import dev.mouthpiece.worker.media.life.Mood;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MoodWordsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a person talking",
                "a middle-aged woman in a red coat, in front of a window",
                "a man who is not smiling",
                "no excited gestures, never laughs",
                "without a smile",
                "do isn't don't 12345 \u00e9\u00e8 \ud83d\ude00",
            })
    void shouldChangeNothingByWordsThatItDoesNotKnowOrThatAreDenied(String prompt) {
        assertThat(MoodWords.mood(prompt)).isEqualTo(Mood.NEUTRAL);
    }

    @Test
    void shouldKnowAWordInAllItsForms() {
        final Mood smile = MoodWords.mood("smile");

        assertThat(smile.smile()).isPositive();
        assertThat(MoodWords.mood("A WARMLY-SMILING person").smile()).isGreaterThan(smile.smile());
        assertThat(MoodWords.mood("she smiles; a smiling face, all smiles")).isEqualTo(smile);
        assertThat(MoodWords.mood("smiling, not angry")).isEqualTo(smile);
    }

    @Test
    void shouldTellMoodsApart() {
        assertThat(MoodWords.mood("an excited host").energy()).isGreaterThan(1.3);
        assertThat(MoodWords.mood("a sleepy student").energy()).isLessThan(0.7);
        assertThat(MoodWords.mood("a sleepy student").lids()).isGreaterThan(0.3);
        assertThat(MoodWords.mood("very surprised").brows()).isGreaterThan(0.5);
        assertThat(MoodWords.mood("a sad clown").smile()).isNegative();
    }

    @Test
    void shouldIgnoreTheWordsAroundThoseThatItKnows() {
        Seeds.forEach(200, random -> {
            final String known =
                    MoodWords.words().get(random.nextInt(MoodWords.words().size()));
            final String around = random.ints(random.nextInt(1, 12), 'a', 'z' + 1)
                    .mapToObj(letter -> "x" + (char) letter)
                    .collect(Collectors.joining(" "));

            assertThat(MoodWords.mood(around)).isEqualTo(Mood.NEUTRAL);
            assertThat(MoodWords.mood(around + "," + known.toUpperCase(Locale.ROOT) + "! " + around))
                    .isEqualTo(MoodWords.mood(known))
                    .isNotEqualTo(Mood.NEUTRAL);
        });
    }

    @Test
    void shouldBeDocumentedWordByWord() throws IOException {
        final String readme = Files.readString(Path.of("..", "README.md"));

        assertThat(readme)
                .contains(
                        MoodWords.words().stream().map(word -> "`" + word + "`").toList());
    }
}
