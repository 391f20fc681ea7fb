/** Large enough that inferring its type is felt; `emojiData.ts` says what is in it. */
declare module "emoji-picker-element-data/*/data.json" {
  const data: unknown;
  export default data;
}
