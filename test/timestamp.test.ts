import { expect, test } from 'vitest'
import { toTimestamp } from '../src/timestamp.ts'

const DAY = 86_400_000

test.each([
  0,
  -1,
  1,
  DAY - 1,
  DAY,
  -DAY,
  Date.parse('2024-02-29T23:59:59.999Z'),
  Date.parse('0000-01-01T00:00:00.000Z'),
  Date.parse('9999-12-31T23:59:59.999Z'),
  Date.parse('-000001-12-31T00:00:00.000Z'),
  Date.parse('+010000-01-01T00:00:00.000Z'),
  8.64e15,
  -8.64e15,
])('%d ms are the same text as from toISOString', (time) => {
  expect(toTimestamp(new Date(time))).toBe(new Date(time).toISOString())
})

test('every hour, minute, second and millisecond has its digits', () => {
  for (let time = Date.parse('2026-11-25T00:00:00Z'), end = time + DAY; time < end; time += 61_003) {
    expect(toTimestamp(new Date(time))).toBe(new Date(time).toISOString())
  }
})

test('random times of more days than are kept', () => {
  for (let round = 0; round < 5000; round++) {
    const date = new Date(Math.floor((Math.random() - 0.5) * 2e14))
    expect(toTimestamp(date)).toBe(date.toISOString())
  }
})

test('an invalid date is refused', () => {
  expect(() => toTimestamp(new Date(Number.NaN))).toThrow(RangeError)
})
