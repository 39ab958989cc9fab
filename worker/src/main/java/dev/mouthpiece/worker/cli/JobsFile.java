package dev.mouthpiece.worker.cli;

import dev.mouthpiece.worker.BadInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A list of films: one per line, {@code PORTRAIT SPEECH TARGET}, separated by blanks and quoted as in a shell. Empty lines
 * and what follows a {@code #} at the beginning of a word are left out. Paths are those of the current folder.
 */
final class JobsFile {
    /** More lines than this are a mistake. */
    static final int MAX_JOBS = 10_000;

    private static final int FIELDS = 3;

    private JobsFile() {}

    /**
     * One line.
     *
     * @param where file and line, for errors
     */
    record Line(String where, String portrait, String speech, String target) {}

    static List<Line> read(Path file) {
        final String text;
        try {
            text = Files.readString(file, StandardCharsets.UTF_8);
        } catch (CharacterCodingException e) {
            throw new BadInputException("jobs file " + file + " is not text in UTF-8", e);
        } catch (IOException e) {
            throw new BadInputException(
                    "jobs file " + file + (Files.exists(file) ? " cannot be read" : " does not exist"), e);
        }
        return parse(file.toString(), text);
    }

    static List<Line> parse(String name, String text) {
        final List<Line> jobs = new ArrayList<>();
        int number = 0;
        try (var reader = new BufferedReader(new StringReader(text))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                final String where = name + ":" + number;
                final List<String> fields = split(where, line);
                if (fields.isEmpty()) {
                    continue;
                }
                if (fields.size() != FIELDS) {
                    throw new BadInputException(where + ": a line is PORTRAIT SPEECH TARGET, this one has "
                            + fields.size() + " words (quote names with blanks)");
                }
                if (jobs.size() == MAX_JOBS) {
                    throw new BadInputException(where + ": more than " + MAX_JOBS + " films: split the file");
                }
                jobs.add(new Line(where, fields.get(0), fields.get(1), fields.get(2)));
            }
        } catch (IOException e) {
            throw new IllegalStateException("a string cannot fail to be read", e);
        }
        if (jobs.isEmpty()) {
            throw new BadInputException("jobs file " + name + " has no films in it: a line is PORTRAIT SPEECH TARGET");
        }
        return jobs;
    }

    /** Words as a shell would see them: 'as is', "with \" and \\", back\ slash; # begins a comment. */
    private static List<String> split(String where, String line) {
        final List<String> words = new ArrayList<>();
        @Nullable StringBuilder word = null;
        char quote = 0;
        for (int i = 0; i < line.length(); i++) {
            final char c = line.charAt(i);
            if (quote == 0 && word == null && c == '#') {
                break;
            }
            if (quote == 0 && Character.isWhitespace(c)) {
                if (word != null) {
                    words.add(word.toString());
                    word = null;
                }
                continue;
            }
            if (word == null) {
                word = new StringBuilder();
            }
            if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
                i++;
                word.append(line.charAt(i));
            } else if (quote == 0 && (c == '\'' || c == '"')) {
                quote = c;
            } else if (c == quote) {
                quote = 0;
            } else {
                word.append(c);
            }
        }
        if (quote != 0) {
            throw new BadInputException(where + ": a quote " + quote + " is not closed");
        }
        if (word != null) {
            words.add(word.toString());
        }
        return words;
    }
}
