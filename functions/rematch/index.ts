export const handler = async () => ({ todo: 'rematch' });
