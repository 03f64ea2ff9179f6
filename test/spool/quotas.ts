/** Limits of one account and one sender that no test reaches unless it means to. */
export const QUOTAS = { maxPerSender: 1_000_000, maxSizePerAccount: 1 << 30 };
