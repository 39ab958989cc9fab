package dev.mouthpiece.worker.session;

import dev.mouthpiece.worker.media.life.Mood;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What prompts say of a face's mood, by a fixed list of words. What is not on it changes nothing: a prompt is written for a model that
 * understands it, and a wrong guess would be worse than none. So a word that is denied ("not smiling", "without a smile") counts for
 * nothing either. What several words say adds up, each counted once.
 */
public final class MoodWords {
    private static final Pattern SPACE = Pattern.compile("[^\\p{L}]+");
    private static final Set<String> DENIALS =
            Set.of("not", "no", "never", "without", "hardly", "avoid", "don", "doesn", "isn", "aren");

    /** A denial holds for so many words that follow. */
    private static final int DENIED = 2;

    private static final int MAX_WORDS = 500;

    /** A word of the list, as its beginning: one entry stands for smile, smiles and smiling. Figures as in {@link Mood}, added up. */
    private record Word(String stem, double energy, double smile, double brows, double blinks, double lids) {}

    private static final List<Word> WORDS = List.of(
            new Word("smil", 0, 0.8, 0.05, 0, 0),
            new Word("happ", 0.15, 0.7, 0.15, 0, 0),
            new Word("cheer", 0.25, 0.8, 0.2, 0, 0),
            new Word("joyful", 0.25, 0.8, 0.2, 0, 0),
            new Word("laugh", 0.3, 1, 0.2, 0, 0),
            new Word("friendl", 0.05, 0.5, 0.1, 0, 0),
            new Word("warm", 0, 0.4, 0.05, 0, 0),
            new Word("welcom", 0.1, 0.5, 0.15, 0, 0),
            new Word("playful", 0.3, 0.6, 0.2, 0, 0),
            new Word("excit", 0.5, 0.5, 0.45, 0.2, 0),
            new Word("enthusias", 0.45, 0.5, 0.35, 0.1, 0),
            new Word("energ", 0.45, 0.15, 0.15, 0, 0),
            new Word("livel", 0.35, 0.15, 0.15, 0, 0),
            new Word("animated", 0.35, 0.15, 0.15, 0, 0),
            new Word("curious", 0.1, 0.1, 0.4, 0, 0),
            new Word("surpris", 0.15, 0, 0.9, -0.3, 0),
            new Word("attentive", 0, 0.1, 0.2, -0.15, 0),
            new Word("listening", -0.1, 0.1, 0.1, 0, 0),
            new Word("confident", 0.1, 0.15, 0, -0.2, 0),
            new Word("calm", -0.35, 0.1, 0, -0.15, 0),
            new Word("relax", -0.3, 0.15, 0, -0.1, 0),
            new Word("motionless", -0.6, 0, 0, 0, 0),
            new Word("quiet", -0.3, 0, 0, 0, 0),
            new Word("focus", -0.2, -0.05, 0, -0.3, 0),
            new Word("serious", -0.15, -0.2, 0, 0, 0),
            new Word("stern", -0.2, -0.5, 0, -0.1, 0),
            new Word("angr", 0.2, -0.7, 0, 0, 0),
            new Word("sad", -0.35, -0.8, 0.25, 0.1, 0),
            new Word("worried", 0, -0.4, 0.3, 0.2, 0),
            new Word("nervous", 0.25, -0.1, 0.2, 0.5, 0),
            new Word("bored", -0.3, -0.25, 0, 0.2, 0.36),
            new Word("tired", -0.4, -0.2, 0, 0.4, 0.38),
            new Word("sleepy", -0.5, -0.1, 0, 0.4, 0.42),
            new Word("drows", -0.5, -0.1, 0, 0.4, 0.42));

    private MoodWords() {}

    /** The mood that a prompt asks for. */
    public static Mood mood(String prompt) {
        final List<Word> found = new ArrayList<>();
        int denied = 0;
        for (final String word : SPACE.split(prompt.toLowerCase(Locale.ROOT), MAX_WORDS)) {
            if (DENIALS.contains(word)) {
                denied = DENIED;
                continue;
            }
            for (final Word known : WORDS) {
                if (denied == 0 && word.startsWith(known.stem()) && !found.contains(known)) {
                    found.add(known);
                }
            }
            denied = Math.max(0, denied - 1);
        }
        double energy = Mood.NEUTRAL.energy();
        double smile = Mood.NEUTRAL.smile();
        double brows = Mood.NEUTRAL.brows();
        double blinks = Mood.NEUTRAL.blinks();
        double lids = Mood.NEUTRAL.lids();
        for (final Word word : found) {
            energy += word.energy();
            smile += word.smile();
            brows += word.brows();
            blinks += word.blinks();
            lids += word.lids();
        }
        return new Mood(energy, smile, brows, blinks, lids);
    }

    /** The words that mean something, by their beginnings. */
    public static List<String> words() {
        return WORDS.stream().map(Word::stem).toList();
    }
}
