/** Reads an option of the bench. @throws Error that names it, when it is no whole number from `least` */
export function wholeNumber(option: string, text: string, least: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < least) throw new Error(`--${option} must be a whole number from ${least}`);
  return number;
}
