export const handler = async () => ({ todo: 'remediate' });
