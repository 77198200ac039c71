import * as auth from "./authWorkflows.js";
import * as email from "./emailFunctions.js";
import * as handyman from "./handymanWorkflows.js";
import * as maintenance from "./maintenanceWorkflows.js";

export const functions = [
  email.sendVerificationEmailJob,
  email.sendWelcomeEmailJob,
  email.sendPasswordResetJob,
  email.send2FAEnabledJob,
  email.sendAccountLockedJob,
  auth.userOnboardingFlow,
  auth.cleanupExpiredTokens,
  auth.accountRecoveryFlow,
  auth.securityMonitoringFlow,
  handyman.jobMatchingFlow,
  handyman.jobCompletionFlow,
  handyman.handymanAvailabilityFlow,
  handyman.handymanPerformanceFlow,
  maintenance.dailyAnalyticsFlow,
  maintenance.weeklyMaintenanceFlow,
  maintenance.monthlyAnalyticsFlow,
  maintenance.systemHealthFlow,
];
