/** The recipe API refuses tokens and addresses with the errors of the libraries of the old service. */
import { expect, test } from 'vitest'
import { emailFault } from '../../src/compat/recipe-email.ts'
import { send } from './replay.ts'

// Flask-JWT-Extended 4.4.1 with PyJWT 2.4.0.
test.each([
  ['comma', ',', 401, 'Missing Authorization Header'],
  ['Bearer', 'Bearer', 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"],
  ['two spaces', 'Bearer  abc', 422, 'Not enough segments'],
  ['tab', 'Bearer	abc', 422, 'Not enough segments'],
  ['two schemes', 'Basic YTpi, Bearer abc', 422, 'Not enough segments'],
  [
    'two bearers',
    'Bearer abc, Bearer def',
    401,
    "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
  ],
  ['comma after', 'Bearer abc,', 422, 'Not enough segments'],
  [
    'lower',
    'bearer abc',
    401,
    "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
  ],
  [
    'upper',
    'BEARER abc',
    401,
    "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
  ],
  [
    'Bearerabc',
    'Bearerabc',
    401,
    "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
  ],
  ['Bearer,abc', 'Bearer,abc', 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"],
  ['two words', 'Bearer abc def', 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"],
  [
    'token alone',
    'abc.def.ghi',
    401,
    "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
  ],
  [
    'Token',
    'Token abc',
    401,
    "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
  ],
  ['one segment', 'Bearer abc', 422, 'Not enough segments'],
  ['two segments', 'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0', 422, 'Not enough segments'],
  ['dots', 'Bearer ..', 422, 'Invalid header string: Expecting value: line 1 column 1 (char 0)'],
  ['dot', 'Bearer .', 422, 'Not enough segments'],
  [
    'empty signature',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.',
    422,
    'Signature verification failed',
  ],
  [
    'four segments',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid payload padding',
  ],
  ['a.b.c', 'Bearer a.b.c', 422, 'Invalid header padding'],
  ['ab.cd.ef', 'Bearer ab.cd.ef', 422, 'Invalid header string: Expecting value: line 1 column 1 (char 0)'],
  [
    'xyz.abc.def',
    'Bearer xyz.abc.def',
    422,
    "Invalid header string: 'utf-8' codec can't decode byte 0xc7 in position 0: invalid continuation byte",
  ],
  [
    'header null',
    'Bearer bnVsbA.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid header string: must be a json object',
  ],
  [
    'header list',
    'Bearer W10.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid header string: must be a json object',
  ],
  [
    'header number',
    'Bearer MQ.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid header string: must be a json object',
  ],
  [
    'header empty object',
    'Bearer e30.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'The specified alg value is not allowed',
  ],
  [
    'header text',
    'Bearer aGVsbG8gd29ybGQ.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid header string: Expecting value: line 1 column 1 (char 0)',
  ],
  [
    'payload text',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.aGVsbG8gd29ybGQ.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid payload string: Expecting value: line 1 column 1 (char 0)',
  ],
  [
    'payload list',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.W10.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid payload string: must be a json object',
  ],
  [
    'payload empty',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid payload string: Expecting value: line 1 column 1 (char 0)',
  ],
  [
    'payload padding',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.a.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid payload padding',
  ],
  [
    'payload utf8',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.xyw.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    "Invalid payload string: 'utf-8' codec can't decode byte 0xc7 in position 0: invalid continuation byte",
  ],
  ['signature padding', 'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.a', 422, 'Invalid crypto padding'],
  [
    'wrong signature',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Signature verification failed',
  ],
  [
    'header end data',
    'Bearer YWLigg.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    "Invalid header string: 'utf-8' codec can't decode bytes in position 2-3: unexpected end of data",
  ],
  ['alg none', 'Bearer eyJhbGciOiAibm9uZSJ9.eyJzdWIiOiIxIn0.', 422, 'The specified alg value is not allowed'],
  [
    'alg RS256',
    'Bearer eyJhbGciOiAiUlMyNTYifQ.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'The specified alg value is not allowed',
  ],
  [
    'payload not json, alg none',
    'Bearer eyJhbGciOiAibm9uZSJ9.eA.',
    422,
    'Invalid payload string: Expecting value: line 1 column 1 (char 0)',
  ],
  [
    'header cut off',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6Ik.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid header string: Unterminated string starting at: line 1 column 22 (char 21)',
  ],
  [
    'header with a trailing comma',
    'Bearer eyJhbGciOiJIUzI1NiIsfQ.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid header string: Expecting property name enclosed in double quotes: line 1 column 16 (char 15)',
  ],
  [
    'header NaN',
    'Bearer TmFO.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid header string: must be a json object',
  ],
  [
    'payload cut off',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIx.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid payload string: Unterminated string starting at: line 1 column 8 (char 7)',
  ],
  [
    'payload with more after it',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0geA.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid payload string: Extra data: line 1 column 13 (char 12)',
  ],
  [
    'payload without quotes',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e3N1YjoxfQ.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid payload string: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)',
  ],
  [
    'plus and slash as digits',
    'Bearer eyJhbGci+/JIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    "Invalid header string: 'utf-8' codec can't decode byte 0xfb in position 6: invalid start byte",
  ],
  [
    'padding in the middle',
    'Bearer eyJhbGciOiJIUzI1NiIsIn=R5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Signature verification failed',
  ],
  [
    'padding at the end',
    'Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0==.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=',
    422,
    'Signature verification failed',
  ],
  [
    'padding that ends the header',
    'Bearer eyJhbGciOiJIUzI1NiJ9eA=.eyJzdWIiOiIxIn0.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg',
    422,
    'Invalid header string: Extra data: line 1 column 16 (char 15)',
  ],
])('Authorization, %s', async (_, Authorization, status, msg) => {
  expect(await send('GET', '/compat/recipes/recipes/me', { Authorization })).toMatchObject({ status, body: { msg } })
})

test('an empty Authorization header counts as missing', async () => {
  const response = await send('GET', '/compat/recipes/recipes/me', { Authorization: '' })
  expect(response).toMatchObject({ status: 401, body: { msg: 'Missing Authorization Header' } })
})

// email-validator 1.2.1, without DNS lookups.
test.each([
  ['minsu.example.com', 'The email address is not valid. It must have exactly one @-sign.'],
  ['minsu@', 'There must be something after the @-sign.'],
  ['@example.com', 'There must be something before the @-sign.'],
  ['min su@example.com', 'The email address contains invalid characters before the @-sign: SPACE.'],
  ['minsu@localhost', 'The domain name localhost is not valid. It should have a period.'],
  ['', 'The email address is not valid. It must have exactly one @-sign.'],
  ['@', 'There must be something before the @-sign.'],
  ['a@@b.com', 'The email address is not valid. It must have exactly one @-sign.'],
  ['minsu@example..com', 'An email address cannot have two periods in a row.'],
  ['minsu@.example.com', 'An email address cannot have a period immediately after the @-sign.'],
  ['minsu@example.com.', 'An email address cannot end with a period.'],
  [
    'minsu@-example.com',
    'The domain name -example.com contains invalid characters (Label must not start or end with a hyphen).',
  ],
  ['.minsu@example.com', 'The email address contains invalid characters before the @-sign: FULL STOP.'],
  ['min..su@example.com', 'The email address contains invalid characters before the @-sign: FULL STOP.'],
  [
    'minsu@exa mple.com',
    "The domain name exa mple.com contains invalid characters (Codepoint U+0020 at position 4 of 'exa mple' not allowed).",
  ],
  [
    'minsu@exam_ple.com',
    "The domain name exam_ple.com contains invalid characters (Codepoint U+005F at position 5 of 'exam_ple' not allowed).",
  ],
  [
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com',
    'The email address is too long before the @-sign (1 character too many).',
  ],
  [
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com',
    'The email address is too long before the @-sign (2 characters too many).',
  ],
  ['min,su@example.com', 'The email address contains invalid characters before the @-sign: COMMA.'],
  [
    'Minsu <minsu@example.com>',
    'The email address contains invalid characters before the @-sign: LESS-THAN SIGN, SPACE.',
  ],
  ['min\\su@example.com', 'The email address contains invalid characters before the @-sign: REVERSE SOLIDUS.'],
  [
    'minsu@example,com',
    "The domain name example,com contains invalid characters (Codepoint U+002C at position 8 of 'example,com' not allowed).",
  ],
  ['a@b.123', 'The domain name b.123 is not valid. It is not within a valid top-level domain.'],
  ['a@127.0.0.1', 'The domain name 127.0.0.1 is not valid. It is not within a valid top-level domain.'],
  ['a@B.C0', 'The domain name b.c0 is not valid. It is not within a valid top-level domain.'],
  ['a\tb@c.co', "The email address contains invalid characters before the @-sign: '\\t'."],
  ['a\u007f,@b.co', "The email address contains invalid characters before the @-sign: '\\x7f', COMMA."],
  [
    'a@bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.co',
    'The domain name bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.co contains invalid characters (Label too long).',
  ],
  ['a@LOCALHOST', 'The domain name localhost is not valid. It should have a period.'],
  ['홍길동@example.com', undefined],
  ['minsu@예시.한국', undefined],
  [
    'minsu@[127.0.0.1]',
    "The domain name [127.0.0.1] contains invalid characters (Codepoint U+005B at position 1 of '[127' not allowed).",
  ],
])('the address %j', (address, fault) => {
  expect(emailFault(address)).toBe(fault)
})
