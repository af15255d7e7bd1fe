// Random numbers, choices and texts.

const WORDS =
  'bread garden water fresh morning oven butter garlic kitchen salt table summer market onion slow little flour ' +
  '마늘 김치 된장 아침 시장 바다 부엌 할머니 양파 고추 국수 봄 여름 가을 겨울 두부'
const LEXICON = WORDS.split(' ')

export const random = (n) => Math.floor(Math.random() * n)
export const pick = (list) => list[random(list.length)]
export const words = (n) => Array.from({ length: n }, () => pick(LEXICON)).join(' ')
