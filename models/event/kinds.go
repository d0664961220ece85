package event

import "slices"

// Kind says what happened. The log calls it the same.
type Kind string

// The kinds that operators and servers cause.
const (
	UserAdded        Kind = "user_added"
	UserDisabled     Kind = "user_disabled"
	UserEnabled      Kind = "user_enabled"
	UserDeleted      Kind = "user_deleted"
	RoleChanged      Kind = "role_changed"
	PasswordReplaced Kind = "password_replaced"
	UserUnlocked     Kind = "user_unlocked" // wrong passwords were forgotten
	SessionsEnded    Kind = "sessions_ended"
	AdminConfirmed   Kind = "admin_confirmed" // of Gatehouse, whom an older program called an admin
	UsersImported    Kind = "users_imported"  // in one transaction of an import
	UsersExported    Kind = "users_exported"  // written when the export begins
	BackupMade       Kind = "backup_made"
	AdoptionOpened   Kind = "adoption_opened"   // from here on, passwords get hashes beside them
	AdoptionFinished Kind = "adoption_finished" // the hashes stand in their places
	AdoptionUndone   Kind = "adoption_undone"   // the hashes are forgotten
	KeyAdded         Kind = "key_added"
	SecretsRotated   Kind = "secrets_rotated"
)

// The kinds that visitors cause.
const (
	SignUp             Kind = "sign_up"
	SignUpReplaced     Kind = "sign_up_replaced" // one whose address was not confirmed, by a newer one
	SignIn             Kind = "sign_in"          // the detail says whether a cookie or tokens were given out
	SignOut            Kind = "sign_out"
	SessionEnded       Kind = "session_ended" // chosen from the list of the user's sessions
	OtherSessionsEnded Kind = "other_sessions_ended"
	Reauthenticated    Kind = "reauthenticated"
	PasswordChanged    Kind = "password_changed"
	ProfileChanged     Kind = "profile_changed" // the detail names the fields
	AccountDeleted     Kind = "account_deleted"
	RefreshReused      Kind = "refresh_reused"   // a refresh token came again too late, which ended its family
	RefreshReplayed    Kind = "refresh_replayed" // it came again at once, and got the same successors
	PasswordResetAsked Kind = "password_reset_asked"
	PasswordReset      Kind = "password_reset"
	VerificationAsked  Kind = "email_verification_asked"
	EmailVerified      Kind = "email_verified"
	EmailChangeAsked   Kind = "email_change_asked"
	EmailChanged       Kind = "email_changed"
)

// The kinds of what visitors were refused.
const (
	SignInFailed           Kind = "sign_in_failed" // about nobody where the address is unknown
	ReauthenticationFailed Kind = "reauthentication_failed"
	PasswordChangeFailed   Kind = "password_change_failed"
	VerificationFailed     Kind = "email_verification_failed"
	SignInUnverified       Kind = "sign_in_unverified" // the password was right, the address is not confirmed
	LinkRefused            Kind = "link_refused"       // a mailed link that is not valid, or no longer
	Throttled              Kind = "throttled"
	CrossOriginRefused     Kind = "cross_origin_refused"
	ProxyUntold            Kind = "proxy_untold" // the detail is its address
)

var (
	ofOperators = []Kind{
		UserAdded, UserDisabled, UserEnabled, UserDeleted, RoleChanged, PasswordReplaced, UserUnlocked, SessionsEnded, AdminConfirmed,
		UsersImported, UsersExported, BackupMade, AdoptionOpened, AdoptionFinished, AdoptionUndone, KeyAdded, SecretsRotated,
	}
	ofVisitors = []Kind{
		SignUp, SignUpReplaced, SignIn, SignOut, SessionEnded, OtherSessionsEnded, Reauthenticated, PasswordChanged, ProfileChanged, AccountDeleted,
		RefreshReused, RefreshReplayed, PasswordResetAsked, PasswordReset, VerificationAsked, EmailVerified, EmailChangeAsked, EmailChanged,
	}
	refusals = []Kind{
		SignInFailed, ReauthenticationFailed, PasswordChangeFailed, VerificationFailed, SignInUnverified, LinkRefused, Throttled, CrossOriginRefused, ProxyUntold,
	}
)

// Kinds lists all of them.
var Kinds = slices.Concat(ofOperators, ofVisitors, refusals)

// Refused tells whether it is something that was not let happen.
func (k Kind) Refused() bool { return slices.Contains(refusals, k) }
