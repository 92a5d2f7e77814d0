export function price(name: string): number;
