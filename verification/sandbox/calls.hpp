// Calls one function of a program as calls.py does: a JSON value a line in, one JSON value out.
//
// What stands here goes before the program, whose own text goes in between, and one line that names the
// function after it; so no macro of the program's meets more of it than that line. Types are the program's:
// they are deduced from the function, and a declared one that is not read or written here does not compile.
#include <bits/stdc++.h>
#include <unistd.h>

namespace synthsmith_calls {

constexpr signed RESULT = 3;  // the open file of the value
using Text = std::string;

class Input {
public:
    explicit Input(const Text& line) : at(line.data()), end(line.data() + line.size()) {}

    char peek() {
        while (at < end && (*at == ' ' || *at == '\t' || *at == '\r')) ++at;
        return at < end ? *at : '\0';
    }
    bool take(const char* word) {
        peek();
        const auto length = std::strlen(word);
        if (static_cast<std::size_t>(end - at) < length || std::strncmp(at, word, length)) return false;
        at += length;
        return true;
    }
    void need(const char* word) {
        if (!take(word)) fail(word);
    }
    bool next(bool first, const char* close) {  // whether one more item follows
        if (take(close)) return false;
        if (!first) need(",");
        return true;
    }
    void done() {
        if (peek()) fail("the end");
    }
    Text number() {
        peek();
        const char* begun = at;
        while (at < end && (std::isalnum(static_cast<unsigned char>(*at)) || std::strchr("+-.", *at))) ++at;
        if (begun == at) fail("a number");
        return Text(begun, at);
    }
    Text text() {
        need("\"");
        Text found;
        while (at < end && *at != '"') {
            if (*at != '\\') found += *at++;
            else escaped(found);
        }
        if (at == end) fail("\"");
        ++at;
        return found;
    }
    [[noreturn]] void fail(const char* wanted) {
        throw std::invalid_argument(Text("the input has no ") + wanted + " where the function needs one");
    }

private:
    void escaped(Text& found) {
        if (++at == end) fail("\"");
        const char kind = *at++;
        static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
        if (kind == 'u') return unicode(found);
        const char* known = std::strchr(from, kind);
        found += known ? to[known - from] : kind;
    }
    unsigned long hex() {
        if (end - at < 4) fail("four digits");
        const auto code = std::strtoul(Text(at, at + 4).c_str(), nullptr, 16);
        at += 4;
        return code;
    }
    void unicode(Text& found) {
        auto code = hex();
        if (code >= 0xD800 && code < 0xDC00 && end - at > 1 && at[0] == '\\' && at[1] == 'u') {
            at += 2;
            code = 0x10000 + ((code - 0xD800) << 10) + (hex() - 0xDC00);
        }
        if (code < 0x80) {
            found += static_cast<char>(code);
            return;
        }
        const signed more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
        found += static_cast<char>(leads[more] | (code >> (6 * more)));
        for (signed left = more - 1; left >= 0; --left) found += static_cast<char>(0x80 | ((code >> (6 * left)) & 0x3F));
    }
    const char *at, *end;
};

class Output {
public:
    void add(const char* data, std::size_t length) {
        held.append(data, length);
        if (held.size() >= (1u << 16)) flush();
    }
    void add(const Text& text) { add(text.data(), text.size()); }
    void add(char letter) { add(&letter, 1); }
    void flush() {
        for (std::size_t done = 0; done < held.size();) {
            const auto written = ::write(RESULT, held.data() + done, held.size() - done);
            if (written < 0) throw std::runtime_error("the value cannot be written");
            done += static_cast<std::size_t>(written);
        }
        held.clear();
    }

private:
    Text held;
};

// Nodes are told by their members, so that a program may bring its own.
template <class T, class = void> struct IsList : std::false_type {};
template <class T> struct IsList<T, decltype(void(std::declval<T>().next))> : std::true_type {};
template <class T, class = void> struct IsTree : std::false_type {};
template <class T> struct IsTree<T, decltype(void(std::declval<T>().left), void(std::declval<T>().right))>
    : std::true_type {};

template <class T, class = void> struct Json;

template <> struct Json<bool> {
    static bool read(Input& in) {
        if (in.take("true")) return true;
        in.need("false");
        return false;
    }
    static void write(Output& out, bool value) { out.add(value ? "true" : "false"); }
};
template <> struct Json<char> {
    static char read(Input& in) {
        const auto text = in.text();
        if (text.size() != 1) in.fail("string of one letter");
        return text[0];
    }
    static void write(Output& out, char value);
};
template <> struct Json<Text> {
    static Text read(Input& in) { return in.text(); }
    static void write(Output& out, const Text& value) {
        out.add('"');
        for (const char letter : value) {
            if (letter == '"' || letter == '\\') out.add('\\');
            if (static_cast<unsigned char>(letter) < 0x20) {
                char code[8];
                std::snprintf(code, sizeof code, "\\u%04x", static_cast<unsigned>(letter));
                out.add(code, 6);
            } else {
                out.add(letter);
            }
        }
        out.add('"');
    }
};
inline void Json<char>::write(Output& out, char value) { Json<Text>::write(out, Text(1, value)); }

template <class T> struct Json<T, typename std::enable_if<std::is_integral<T>::value>::type> {
    static T read(Input& in) {
        const auto text = in.number();
        errno = 0;
        char* last = nullptr;
        const bool negative = text[0] == '-';
        const auto big = negative ? static_cast<unsigned long long>(std::strtoll(text.c_str(), &last, 10))
                                  : std::strtoull(text.c_str(), &last, 10);
        const T value = static_cast<T>(big);
        const bool same = negative ? value < T(1) && static_cast<long long>(value) == static_cast<long long>(big)
                                   : value >= T(0) && static_cast<unsigned long long>(value) == big;
        if (*last || errno || !same) in.fail("whole number that its type can hold");
        return value;
    }
    static void write(Output& out, T value) { out.add(std::to_string(value)); }
};
template <class T> struct Json<T, typename std::enable_if<std::is_floating_point<T>::value>::type> {
    static T read(Input& in) {
        const auto text = in.number();
        char* last = nullptr;
        const auto value = static_cast<T>(std::strtold(text.c_str(), &last));
        if (*last) in.fail("number");
        return value;
    }
    static void write(Output& out, T value) {
        if (std::isnan(value)) return out.add("NaN", 3);
        if (std::isinf(value)) return out.add(value > 0 ? "Infinity" : "-Infinity");
        char digits[64];
        std::snprintf(digits, sizeof digits, "%.*Lg", std::numeric_limits<T>::max_digits10, static_cast<long double>(value));
        out.add(digits);
    }
};
template <class T, class A> struct Json<std::vector<T, A>> {
    static std::vector<T, A> read(Input& in) {
        std::vector<T, A> found;
        in.need("[");
        for (bool first = true; in.next(first, "]"); first = false) found.push_back(Json<T>::read(in));
        return found;
    }
    static void write(Output& out, const std::vector<T, A>& value) {
        out.add('[');
        bool first = true;
        for (const T& item : value) {
            if (!first) out.add(',');
            first = false;
            Json<T>::write(out, item);
        }
        out.add(']');
    }
};
template <class F, class S> struct Json<std::pair<F, S>> {
    static std::pair<F, S> read(Input& in) {
        in.need("[");
        auto first = Json<F>::read(in);
        in.need(",");
        auto second = Json<S>::read(in);
        in.need("]");
        return {std::move(first), std::move(second)};
    }
    static void write(Output& out, const std::pair<F, S>& value) {
        out.add('[');
        Json<F>::write(out, value.first);
        out.add(',');
        Json<S>::write(out, value.second);
        out.add(']');
    }
};

template <class T> using Value = typename std::decay<decltype(std::declval<T>().val)>::type;

template <class T> struct Json<T*, typename std::enable_if<IsList<T>::value>::type> {
    static T* read(Input& in) {
        if (in.take("null")) return nullptr;
        T *head = nullptr, *last = nullptr;
        in.need("[");
        for (bool first = true; in.next(first, "]"); first = false) {
            T* const node = new T(Json<Value<T>>::read(in));
            node->next = nullptr;
            (last ? last->next : head) = node;
            last = node;
        }
        return head;
    }
    static void write(Output& out, const T* node) {
        out.add('[');
        for (bool first = true; node; node = node->next, first = false) {
            if (!first) out.add(',');
            Json<Value<T>>::write(out, node->val);
        }
        out.add(']');
    }
};
template <class T> struct Json<T*, typename std::enable_if<IsTree<T>::value>::type> {
    static T* child(Input& in, bool& more) {
        if (!more || in.take("null")) return nullptr;
        T* const node = new T(Json<Value<T>>::read(in));
        node->left = node->right = nullptr;
        return node;
    }
    static T* read(Input& in) {
        if (in.take("null")) return nullptr;
        in.need("[");
        bool more = in.next(true, "]");
        T* const root = child(in, more);
        std::deque<T*> waiting(root ? 1 : 0, root);
        for (; more && !waiting.empty(); waiting.pop_front()) {
            for (T** const side : {&waiting.front()->left, &waiting.front()->right}) {
                more = more && in.next(false, "]");
                *side = child(in, more);
                if (*side) waiting.push_back(*side);
            }
        }
        if (more) in.need("]");
        return root;
    }
    static void write(Output& out, const T* root) {
        out.add('[');
        std::deque<const T*> waiting(1, root);
        bool first = true;
        for (std::size_t absent = 0; !waiting.empty(); waiting.pop_front()) {
            const T* const node = waiting.front();
            if (!node) {
                ++absent;  // written once another node follows
                continue;
            }
            for (; absent; --absent) out.add(",null");
            if (!first) out.add(',');
            first = false;
            Json<Value<T>>::write(out, node->val);
            waiting.push_back(node->left);
            waiting.push_back(node->right);
        }
        out.add(']');
    }
};

template <std::size_t... I> struct Indexes {};
template <std::size_t N, std::size_t... I> struct Count : Count<N - 1, N - 1, I...> {};
template <std::size_t... I> struct Count<0, I...> { using type = Indexes<I...>; };

inline std::vector<Text> lines() {
    Text whole;
    char part[1 << 16];
    for (ssize_t length; (length = ::read(0, part, sizeof part)) > 0;) whole.append(part, static_cast<std::size_t>(length));
    std::vector<Text> found;
    for (std::size_t begun = 0, ended; begun < whole.size(); begun = ended + 1) {
        ended = std::min(whole.find('\n', begun), whole.size());
        auto line = whole.substr(begun, ended - begun);
        if (line.find_first_not_of(" \t\r\f\v") != Text::npos) found.push_back(std::move(line));
    }
    return found;
}

template <class T> T read(const Text& line) {
    Input in(line);
    T value = Json<T>::read(in);
    in.done();
    return value;
}

template <class T> void answer(const T& value) {
    Output out;
    Json<T>::write(out, value);
    out.add('\n');
    out.flush();
}

template <bool InPlace> struct Answer {
    template <class F, class Held> static void of(F&& call, Held&) { answer(call()); }
};
template <> struct Answer<true> {
    template <class F, class Held> static void of(F&& call, Held& held) {
        call();
        answer(std::get<0>(held));
    }
};

template <bool InPlace, class... A, class F, std::size_t... I> void run(F&& call, Indexes<I...>) {
    const auto given = lines();
    if (given.size() != sizeof...(A)) {
        throw std::invalid_argument("the input holds " + std::to_string(given.size()) + " values, the function takes " +
                                    std::to_string(sizeof...(A)));
    }
    std::tuple<typename std::decay<A>::type...> held(read<typename std::decay<A>::type>(given[I])...);
    Answer<InPlace>::of([&] { return call(std::forward<A>(std::get<I>(held))...); }, held);
}

template <bool InPlace, class C, class R, class... A> void call(R (C::*method)(A...)) {
    C object;
    run<InPlace, A...>([&](A... a) { return (object.*method)(std::forward<A>(a)...); }, typename Count<sizeof...(A)>::type());
}
template <bool InPlace, class C, class R, class... A> void call(R (C::*method)(A...) const) {
    C object;
    run<InPlace, A...>([&](A... a) { return (object.*method)(std::forward<A>(a)...); }, typename Count<sizeof...(A)>::type());
}
template <bool InPlace, class R, class... A> void call(R (*function)(A...)) {
    run<InPlace, A...>([&](A... a) { return function(std::forward<A>(a)...); }, typename Count<sizeof...(A)>::type());
}

}  // namespace synthsmith_calls
