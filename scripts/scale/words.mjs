// Random titles and bodies in English, Korean and Japanese. The first words of each list are by far the most common ones.
import { seeded } from './sqlite.mjs'

const ENGLISH =
  'bread garden water fresh morning oven butter garlic kitchen salt table summer market onion slow little flour ' +
  'lemon window garnish pepper winter honey house rice street apple gate soup neighbour walnut ginger friend river ' +
  'basket cinnamon letter mother olive story spoon village harvest orchard recipe ferment kettle season pumpkin ' +
  'thyme quiet evening barley copper autumn lantern pastry gardener chestnut harbour saffron garage turnip meadow'
const NOUNS =
  '마늘 김치 된장 아침 시장 바다 부엌 할머니 양파 고추 국수 봄 여름 가을 겨울 두부 간장 참기름 생강 배추 골목 이웃 손님 저녁 ' +
  '냄비 숟가락 편지 마당 감자 고구마 호박 미역 떡 밥상 보리 콩나물 시금치 우물 대문 장독대'
const PARTICLES = ['', '은', '는', '이', '가', '을', '를', '에서', '으로', '와', '까지']
const JAPANESE =
  '東京 豆腐 朝食 市場 台所 野菜 味噌 旅行 京都 料理 祖母 醤油 夕食 手紙 隣人 秋風 冬空 春雨 夏休み 大根 計画 玄関 鍋物 海辺 ' +
  '果物 収穫 砂糖 牛乳 小麦 石畳 提灯 山道'

/** Japanese is written without spaces. */
const LANGUAGES = [
  { words: ENGLISH.split(' '), separator: ' ' },
  { words: NOUNS.split(' ').flatMap((noun) => PARTICLES.map((particle) => noun + particle)), separator: ' ' },
  { words: JAPANESE.split(' '), separator: 'の' },
]

/** The rare words of the three languages, each beside a common one. */
export const RARE = 'axolotl bread 도롱뇽 마늘 山椒魚の東京'

/** A function that returns a title and the text of a body. `n` chooses the language. The texts are the same each time. */
export function writer() {
  const random = seeded(1)
  const pick = (list) => list[Math.floor(list.length * random() ** 2)]
  const text = (count, { words, separator }) => Array.from({ length: count }, () => pick(words)).join(separator)
  return function write(n) {
    const language = LANGUAGES[n % LANGUAGES.length]
    const others = LANGUAGES.map((other) => text(2, other)).join(' ')
    return { title: text(3, language), said: `${text(8, language)} ${others}` }
  }
}
