import fc from 'fast-check'

const LIMIT = 500
/** What languages of queries, SQL, HTML and scripts give a meaning. */
const PIECES = [
  ...[
    'web',
    'acme/web',
    'im',
    'AND',
    'OR',
    'NOT',
    'NEAR(',
    ' ',
    '/',
    '-',
    '.',
    '"',
    "'",
    '`',
    '\\',
    '*',
    '^',
    ':',
    '(',
    ')',
  ],
  ...[
    '{',
    '}',
    '+',
    '%',
    '_',
    '\0',
    '\n',
    '&',
    '|',
    '!',
    '<->',
    ':*',
    "'; drop table search_entries; --",
    '$$',
    '?',
    '$1',
    ';',
  ],
  ...[
    '\u202e',
    '\u200f',
    '\u0300',
    '\ufeff',
    '\ud800',
    '\udc00',
    '🚢',
    '👩‍👩‍👧',
    'ﷺ',
    'ß',
    'İ',
    '東',
    'ท',
    'שלום',
    '<script>',
    '&amp;',
  ],
]

/** Whatever a person or a program may type or paste: at most five hundred characters. */
export const anythingTyped: fc.Arbitrary<string> = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: LIMIT }),
    fc.string({ unit: 'grapheme', maxLength: 100 }),
    fc.array(fc.constantFrom(...PIECES), { maxLength: 120 }).map(pieces => pieces.join('')),
    fc.constantFrom(...PIECES, 'a', 'e\u0301', 'ab ', 'a/').map(piece => piece.repeat(LIMIT)),
  )
  .map(text => text.slice(0, LIMIT))
