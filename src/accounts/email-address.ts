/** Which e-mail addresses are usable. */

/** RFC 5321 §4.5.3.1 for the lengths; RFC 6531 lets letters of any script in; quoted local parts and literals are left out. */
const EMAIL =
  /^(?=.{3,254}$)(?!.{65,}@)[^\s@"(),:;<>[\]\\\p{C}.]+(\.[^\s@"(),:;<>[\]\\\p{C}.]+)*@([\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])$/u

export const isEmailAddress = (address: string) => EMAIL.test(address)
