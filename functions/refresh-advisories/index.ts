export const handler = async () => ({ todo: 'refresh-advisories' });
