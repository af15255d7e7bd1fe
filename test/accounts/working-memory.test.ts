import { expect, test } from 'vitest'
import { readLegacyHash } from '../../src/accounts/legacy-hash/match.ts'
import { releasingMemory } from '../../src/accounts/legacy-hash/working-memory.ts'

const MIB = 1024 * 1024
const { Uint8Array: bytes, Uint32Array: words } = globalThis

test('large buffers are detached when the work ends, and small ones stay', () => {
  const made: ArrayBuffer[] = []
  const small = releasingMemory(() => {
    made.push(new Uint8Array(MIB).buffer, new Uint32Array(MIB / 4).buffer)
    return new Uint8Array(MIB - 1).fill(7)
  })
  expect(made.map(({ byteLength, detached }) => [byteLength, detached])).toEqual([
    [0, true],
    [0, true],
  ])
  expect([small.length, small[0], small.buffer.detached]).toEqual([MIB - 1, 7, false])
})

test('a view of an existing buffer is not a buffer of the work', () => {
  const outside = new Uint8Array(MIB)
  releasingMemory(() => new Uint32Array(outside.buffer).fill(1))
  expect([outside.buffer.detached, outside[0]]).toEqual([false, 1])
})

test('memory is released and the constructors are put back if the work throws', () => {
  let made: ArrayBuffer | undefined
  expect(() =>
    releasingMemory(() => {
      made = new Uint8Array(MIB).buffer
      throw new Error('It failed.')
    }),
  ).toThrow('It failed.')
  expect(made?.detached).toBe(true)
  expect([globalThis.Uint8Array, globalThis.Uint32Array]).toEqual([bytes, words])
})

test.each([
  ['argon2id', `$argon2id$v=19$m=8192,t=1,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`],
  ['scrypt', `scrypt:8192:8:1$salt$${'0'.repeat(128)}`],
])('%s leaves no large buffer behind', async (_, hash) => {
  const verify = readLegacyHash(hash)
  if (typeof verify === 'string') throw new Error(verify)
  const large: ArrayBuffer[] = []
  const watching = {
    construct(target: typeof bytes | typeof words, args: unknown[], newTarget: NewableFunction) {
      const array = Reflect.construct(target, args, newTarget)
      if (array.byteLength >= MIB && typeof args[0] === 'number') large.push(array.buffer)
      return array
    },
  }
  Object.assign(globalThis, { Uint8Array: new Proxy(bytes, watching), Uint32Array: new Proxy(words, watching) })
  try {
    expect(await verify('a password')).toBe(false)
  } finally {
    Object.assign(globalThis, { Uint8Array: bytes, Uint32Array: words })
  }
  expect(large.length).toBeGreaterThan(0)
  expect(large.every(({ detached }) => detached)).toBe(true)
})
